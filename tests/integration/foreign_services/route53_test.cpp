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

}  // namespace
}  // namespace gannet::route53
