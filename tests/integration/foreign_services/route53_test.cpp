#include <gannet/route53/client.hpp>

#include "foreign.hpp"

namespace gannet::route53 {
namespace {

TEST(Route53, makes_a_zone_and_finds_it_among_all) {
  GANNET_NEEDS_A_SERVER(config);
  const Client client(config);
  const std::string name = foreign::fresh("zone") + ".example.com.";
  const CreateHostedZoneInput creation{.name = name, .caller_reference = foreign::fresh("call")};
  const auto made = blocking(client.create_hosted_zone(creation));
  ASSERT_TRUE(made) << to_string(made.error());
  EXPECT_EQ(made->hosted_zone.name, name);
  bool seen = false;
  auto pages = client.list_hosted_zones_pages({});
  while (const auto page = blocking(pages.next())) {
    ASSERT_TRUE(*page) << to_string(page->error());
    for (const HostedZone& each : (*page)->hosted_zones) seen = seen || each.name == name;
  }
  EXPECT_TRUE(seen);
}

TEST(Route53, waits_for_a_change) {
  const auto transport = std::make_shared<fakes::ScriptedTransport>();
  for (const char* status : {"PENDING", "INSYNC"}) {
    transport->answer(
        200, "<GetChangeResponse><ChangeInfo><Id>c</Id><Status>" + std::string(status) +
                 "</Status><SubmittedAt>2026-01-31T09:08:07Z</SubmittedAt></ChangeInfo></GetChangeResponse>");
  }
  const fakes::VirtualTime time;
  const Client client(fakes::scripted_config(transport, time));
  const GetChangeInput input{.id = "c"};
  const auto done = blocking(client.wait_until_resource_record_sets_changed(input));
  ASSERT_TRUE(done) << to_string(done.error());
  EXPECT_EQ(done->change_info.status, ChangeStatus::insync);
  EXPECT_EQ(time.slept().size(), 1U);
}

TEST(Route53, takes_ids_as_it_gives_them) {
  const auto transport = std::make_shared<fakes::ScriptedTransport>();
  transport->answer(200, "<x/>").answer(200, "<x/>").answer(200, "<x/>");
  const Client client(fakes::scripted_config(transport, fakes::VirtualTime()));
  const GetHostedZoneInput zone{.id = "/hostedzone/Z1"};
  static_cast<void>(blocking(client.get_hosted_zone(zone)));
  const GetChangeInput change{.id = "/change/C1"};
  static_cast<void>(blocking(client.get_change(change)));
  const CreateHostedZoneInput creation{
      .name = "example.com.", .caller_reference = "c", .delegation_set_id = "/delegationset/N1"};
  static_cast<void>(blocking(client.create_hosted_zone(creation)));
  const auto sent = transport->sent();
  EXPECT_EQ(sent[0].request.path, "/2013-04-01/hostedzone/Z1");
  EXPECT_EQ(sent[1].request.path, "/2013-04-01/change/C1");
  EXPECT_NE(sent[2].body.find("<DelegationSetId>N1</DelegationSetId>"), std::string::npos) << sent[2].body;
}

}  // namespace
}  // namespace gannet::route53
