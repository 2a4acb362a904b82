#include <map>
#include <set>
#include <sstream>

#include "unit/local/dynamodb/service_under_test.hpp"

namespace gannet::local::dynamodb {
namespace {

using testing::HasSubstr;

class Query : public testing::Test {
 protected:
  Query() {
    service.make_people();
    for (int i = 0; i < 6; ++i) {
      const std::string number = std::to_string(i);
      service.put("p", "s" + number, R"("v":{"N":")" + number + R"("})");
    }
    service.put("other", "s1");
  }

  static std::string body(std::string_view condition, std::string_view more = "") {
    return R"({"TableName":"people","KeyConditionExpression":")" + std::string(condition) + "\"" +
           (more.empty() ? "" : ",") + std::string(more) + "}";
  }
  static std::string values(std::string_view all) {
    return R"("ExpressionAttributeValues":{":p":{"S":"p"})" + std::string(all.empty() ? "" : ",") +
           std::string(all) + "}";
  }
  std::string keys(std::string_view condition, std::string_view all = "", std::string_view more = "") {
    return sort_keys(
        service.ask("Query", body(condition, values(all) + (more.empty() ? "" : ",") + std::string(more))));
  }

  ServiceUnderTest service;
};

TEST_F(Query, finds_what_the_key_condition_says_in_order) {
  EXPECT_EQ(keys("PK = :p"), "s0 s1 s2 s3 s4 s5");
  EXPECT_EQ(keys("PK = :p", "", R"("ScanIndexForward":false)"), "s5 s4 s3 s2 s1 s0");
  const std::string s3 = R"(":s":{"S":"s3"})";
  EXPECT_EQ(keys("PK = :p AND SK = :s", s3), "s3");
  EXPECT_EQ(keys("SK = :s AND PK = :p", s3), "s3");
  EXPECT_EQ(keys("(PK = :p) AND (SK = :s)", s3), "s3");
  EXPECT_EQ(keys("PK = :p AND SK < :s", s3), "s0 s1 s2");
  EXPECT_EQ(keys("PK = :p AND SK <= :s", s3), "s0 s1 s2 s3");
  EXPECT_EQ(keys("PK = :p AND SK > :s", s3), "s4 s5");
  EXPECT_EQ(keys("PK = :p AND SK >= :s", s3), "s3 s4 s5");
  EXPECT_EQ(keys("PK = :p AND :s < SK", s3), "s4 s5");
  EXPECT_EQ(keys("PK = :p AND SK BETWEEN :t AND :s", s3 + R"(,":t":{"S":"s1"})"), "s1 s2 s3");
  EXPECT_EQ(keys("PK = :p AND begins_with(SK, :s)", R"(":s":{"S":"s"})"), "s0 s1 s2 s3 s4 s5");
  EXPECT_EQ(keys("PK = :p AND begins_with(SK, :s)", R"(":s":{"S":"s4"})"), "s4");
  EXPECT_EQ(keys("PK = :p AND SK > :s", R"(":s":{"S":"z"})"), "");
}

TEST_F(Query, orders_numbers_by_value_and_text_by_its_bytes) {
  service.ask("CreateTable", R"({"TableName":"numbers","BillingMode":"PAY_PER_REQUEST",
      "AttributeDefinitions":[{"AttributeName":"PK","AttributeType":"B"},{"AttributeName":"SK","AttributeType":"N"}],
      "KeySchema":[{"AttributeName":"PK","KeyType":"HASH"},{"AttributeName":"SK","KeyType":"RANGE"}]})");
  for (const std::string number :
       {"10", "9", "-1", "-10", "0", "1e-100", "0.5", "-0.5", "100", "1e100", "-1e100"}) {
    service.ask("PutItem",
                R"({"TableName":"numbers","Item":{"PK":{"B":"AAA="},"SK":{"N":")" + number + R"("}}})");
  }
  const std::string ask =
      R"({"TableName":"numbers","KeyConditionExpression":"PK = :p AND SK BETWEEN :l AND :h",
      "ExpressionAttributeValues":{":p":{"B":"AAA="},":l":{"N":"-10"},":h":{"N":"1E2"}})";
  EXPECT_EQ(sort_keys(service.ask("Query", ask + "}")),
            "-10 -1 -0.5 0 0." + std::string(99, '0') + "1 0.5 9 10 100");

  for (const std::string text : {"a", "B", "aa", "é", "~", "😀", "\uffee"}) service.put("order", text);
  EXPECT_EQ(
      sort_keys(service.ask("Query", body("PK = :o", R"("ExpressionAttributeValues":{":o":{"S":"order"}})"))),
      "B a aa ~ é \uffee 😀");
}

TEST_F(Query, goes_on_where_a_page_ended) {
  for (const bool forward : {true, false}) {
    std::string seen;
    std::string start;
    for (int page = 0; page < 10; ++page) {
      const std::string answer =
          service.ask("Query", body("PK = :p AND SK >= :s", values(R"(":s":{"S":"s1"})") +
                                                                R"(,"Limit":2,"ScanIndexForward":)" +
                                                                (forward ? "true" : "false") + start));
      seen += sort_keys(answer) + "|";
      const std::string last = member(answer, "LastEvaluatedKey");
      if (last.empty()) break;
      start = R"(,"ExclusiveStartKey":)" + last;
    }
    EXPECT_EQ(seen, forward ? "s1 s2|s3 s4|s5|" : "s5 s4|s3 s2|s1|");
  }
  const std::string exactly = service.ask("Query", body("PK = :p", values("") + R"(,"Limit":6)"));
  EXPECT_EQ(member(exactly, "LastEvaluatedKey"), R"({"PK":{"S":"p"},"SK":{"S":"s5"}})")
      << "as the service does";
}

TEST_F(Query, ends_a_page_with_the_item_that_reaches_a_megabyte) {
  for (int i = 10; i < 25; ++i) {
    service.put("large", "s" + std::to_string(i), R"("v":{"S":")" + std::string(100'000, 'x') + R"("})");
  }
  const std::string ask = R"("ExpressionAttributeValues":{":l":{"S":"large"}},"Select":"COUNT")";
  const std::string first = service.ask("Query", body("PK = :l", ask));
  EXPECT_EQ(member(first, "Count"), "11");
  EXPECT_EQ(member(first, "Items"), "");
  EXPECT_EQ(member(first, "LastEvaluatedKey"), R"({"PK":{"S":"large"},"SK":{"S":"s20"}})");
  const std::string second = service.ask(
      "Query", body("PK = :l", ask + R"(,"ExclusiveStartKey":)" + member(first, "LastEvaluatedKey")));
  EXPECT_EQ(member(second, "Count"), "4");
  EXPECT_EQ(member(second, "LastEvaluatedKey"), "");
}

TEST_F(Query, filters_after_reading_and_counts_what_it_read) {
  const std::string answer = service.ask(
      "Query", body("PK = :p", values(R"(":n":{"N":"3"})") + R"(,"FilterExpression":"v > :n","Limit":5)"));
  EXPECT_EQ(sort_keys(answer), "s4");
  EXPECT_EQ(member(answer, "Count"), "1");
  EXPECT_EQ(member(answer, "ScannedCount"), "5");
  EXPECT_EQ(member(answer, "LastEvaluatedKey"), R"({"PK":{"S":"p"},"SK":{"S":"s4"}})");
}

TEST_F(Query, gives_the_parts_that_are_asked_for) {
  EXPECT_EQ(member(service.ask("Query", body("PK = :p AND SK = :s", values(R"(":s":{"S":"s1"})") +
                                                                        R"(,"ProjectionExpression":"v")")),
                   "Items"),
            R"([{"v":{"N":"1"}}])");
}

TEST_F(Query, tells_its_capacity) {
  EXPECT_EQ(member(service.ask("Query", body("PK = :p", values("") + R"(,"ReturnConsumedCapacity":"TOTAL")")),
                   "ConsumedCapacity"),
            R"({"TableName":"people","CapacityUnits":0.5})");
}

struct RefusedQuery {
  const char* condition;
  const char* all;
  const char* more;
  const char* message;
};

TEST_F(Query, is_refused_with_what_is_wrong) {
  const char* s = R"(":s":{"S":"s3"})";
  const char* n = R"(":n":{"N":"3"})";
  const char* type = "Condition parameter type does not match schema type";
  for (const auto& [condition, all, more, message] : std::vector<RefusedQuery>{
           {"SK = :s", s, R"("FilterExpression":"x = :p")", "Query condition missed key schema element: PK"},
           {"PK = :p AND v = :s", s, "", "Query condition missed key schema element: SK"},
           {"PK < :p", "", "", "Query key condition not supported"},
           {"begins_with(PK, :p)", "", "", "Query key condition not supported"},
           {"PK = :p OR SK = :s", s, "", "Invalid operator used in KeyConditionExpression: OR"},
           {"PK = :p AND SK <> :s", s, "", "Invalid operator used in KeyConditionExpression: <>"},
           {"PK = :p AND contains(SK, :s)", s, "",
            "Invalid operator used in KeyConditionExpression: contains"},
           {"PK = :p AND PK = :s", s, "", "KeyConditionExpressions must only contain one condition per key"},
           {"PK = :p AND #k = :s", s, R"("ExpressionAttributeNames":{"#k":"PK"})",
            "KeyConditionExpressions must only contain one condition per key"},
           {"PK = :n", n, R"("FilterExpression":"x = :p")", type},
           {"PK = :p AND SK = :n", n, "", type},
           {"PK = :p AND begins_with(SK, :n)", n, "", "operator or function: begins_with, operand type: N"},
           {"PK = :p AND SK = :e", R"(":e":{"S":""})", "", "cannot contain an empty string value. Key: SK"},
           {"PK = :p", "", R"("FilterExpression":"SK = :p")",
            "Filter Expression can only contain non-primary key attributes: Primary key attribute: SK"},
           {"PK = :p", "", R"("Limit":0)", "Value '0' at 'limit' failed to satisfy constraint"},
           {"PK = :p", "", R"("IndexName":"nope")", "The table does not have the specified index: nope"},
           {"PK = :p", "", R"("Select":"COUNT","ProjectionExpression":"v")",
            "choosing to get only the Count"},
           {"PK = :p", "", R"("Select":"SPECIFIC_ATTRIBUTES")",
            "Must specify the AttributesToGet or ProjectionExpression"},
           {"PK = :p", "", R"("Select":"ALL_PROJECTED_ATTRIBUTES")", "only when Querying using an IndexName"},
           {"PK = :p", "", R"("ExclusiveStartKey":{"PK":{"S":"p"}})", "The provided starting key is invalid"},
           {"PK = :p", "", R"("ExclusiveStartKey":{"PK":{"S":"x"},"SK":{"S":"s1"}})",
            "outside query boundaries"},
           {"PK = :p AND SK > :s", s, R"("ExclusiveStartKey":{"PK":{"S":"p"},"SK":{"S":"s1"}})",
            "does not match the range key predicate"},
           {"PK = :p", "", R"("KeyConditions":{})", "legacy parameter KeyConditions"},
           {"PK = :p", "", R"("QueryFilter":{})", "legacy parameter QueryFilter"},
       }) {
    EXPECT_THAT(service.refusal("Query", body(condition, values(all) + (*more != '\0' ? "," : "") + more)),
                HasSubstr(message))
        << condition;
  }
  EXPECT_THAT(
      service.refusal("Query", R"({"TableName":"people"})"),
      HasSubstr(
          "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request."));
}

class Scan : public testing::Test {
 protected:
  Scan() {
    service.make_people();
    for (int i = 0; i < 60; ++i) {
      service.put("p" + std::to_string(i % 20), "s" + std::to_string(i),
                  R"("v":{"N":")" + std::to_string(i) + R"("})");
    }
  }

  /// Every sort key that the pages of a scan give, and how often.
  std::map<std::string, int> all(const std::string& more) {
    std::map<std::string, int> seen;
    std::string start;
    do {
      const std::string answer = service.ask("Scan", R"({"TableName":"people")" + more + start + "}");
      std::istringstream keys(sort_keys(answer));
      for (std::string key; keys >> key;) ++seen[key];
      const std::string last = member(answer, "LastEvaluatedKey");
      start = last.empty() ? "" : R"(,"ExclusiveStartKey":)" + last;
    } while (!start.empty());
    return seen;
  }

  ServiceUnderTest service;
};

TEST_F(Scan, gives_every_item_once_whatever_its_pages) {
  for (const std::string more :
       {"", R"(,"Limit":1)", R"(,"Limit":7)", R"(,"Limit":60)", R"(,"ConsistentRead":true)"}) {
    const auto seen = all(more);
    EXPECT_EQ(seen.size(), 60U) << more;
    for (const auto& [key, times] : seen) EXPECT_EQ(times, 1) << key;
  }
}

TEST_F(Scan, has_each_item_in_one_of_its_segments) {
  for (const int total : {1, 2, 7, 100}) {
    std::map<std::string, int> seen;
    for (int segment = 0; segment < total; ++segment) {
      for (const auto& [key, times] : all(R"(,"Limit":3,"Segment":)" + std::to_string(segment) +
                                          R"(,"TotalSegments":)" + std::to_string(total))) {
        seen[key] += times;
      }
    }
    EXPECT_EQ(seen.size(), 60U);
    for (const auto& [key, times] : seen) EXPECT_EQ(times, 1) << key << " of " << total;
  }
}

TEST_F(Scan, filters_and_counts) {
  const std::string answer =
      service.ask("Scan", R"({"TableName":"people","FilterExpression":"v < :n AND PK <> :p","Select":"COUNT",
      "ExpressionAttributeValues":{":n":{"N":"10"},":p":{"S":"p3"}}})");
  EXPECT_EQ(answer, R"({"Count":9,"ScannedCount":60})");
}

TEST_F(Scan, is_refused_with_what_is_wrong) {
  const auto refused = [&](std::string_view more) {
    return service.refusal("Scan", R"({"TableName":"people",)" + std::string(more) + "}");
  };
  EXPECT_THAT(refused(R"("Segment":0)"), HasSubstr("The TotalSegments parameter is required"));
  EXPECT_THAT(refused(R"("TotalSegments":2)"), HasSubstr("The Segment parameter is required"));
  EXPECT_THAT(refused(R"("Segment":2,"TotalSegments":2)"),
              HasSubstr("Segment: 2 is not less than TotalSegments: 2"));
  EXPECT_THAT(refused(R"("Segment":0,"TotalSegments":1000001)"),
              HasSubstr("Value '1000001' at 'totalSegments'"));
  EXPECT_THAT(refused(R"("ScanFilter":{})"), HasSubstr("legacy parameter ScanFilter"));
  std::set<std::string> answers;
  for (const std::string segment : {"0", "1"}) {
    answers.insert(
        service
            .handle("Scan", R"({"TableName":"people","ExclusiveStartKey":{"PK":{"S":"p1"},"SK":{"S":"s1"}},
        "TotalSegments":2,"Segment":)" +
                                segment + "}")
            .body.substr(0, 10));
  }
  EXPECT_EQ(answers.size(), 2U) << "a starting key is of one segment, and refused in the other";
}

}  // namespace
}  // namespace gannet::local::dynamodb
