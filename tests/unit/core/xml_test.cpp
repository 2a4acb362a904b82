#include "core/xml.hpp"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace gannet::core {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;

/// The tree in one line: `name{attribute=value}"text"(children)`.
std::string sketch(const XmlElement& element) {
  auto out = element.name;
  for (const auto& [name, value] : element.attributes) out += '{' + name + '=' + value + '}';
  if (!element.text.empty()) out += '"' + element.text + '"';
  for (const auto& child : element.children) out += '(' + sketch(child) + ')';
  return out;
}

std::string reread(std::string_view text, std::size_t maximum_depth = 100) {
  const auto root = parse_xml(text, maximum_depth);
  return root ? sketch(*root) : root.error().message;
}

TEST(Xml, reads_what_is_right) {
  const struct {
    std::string_view text;
    std::string_view tree;
  } cases[] = {
      {"<a/>", "a"},
      {"<a></a>", "a"},
      {"<a> b </a>", "a\" b \""},
      {"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a>\u20ac</a>\n", "a\"\u20ac\""},
      {"<!-- before --><a><!-- in -->b<?target data?>c</a><!-- after -->", "a\"bc\""},
      {"<a x='1' y=\"2\"/>", "a{x=1}{y=2}"},
      {"<a>1<b>2</b>3<c/>4</a>", "a\"134\"(b\"2\")(c)"},
      {"<a><b>1</b><b>2</b></a>", "a(b\"1\")(b\"2\")"},
      {"<a>&lt;&gt;&amp;&quot;&apos;&#65;&#x20AC;&#13;</a>", "a\"<>&\"'A\u20ac\r\""},
      {"<a x='&lt;&#10;&quot;'/>", "a{x=<\n\"}"},
      {"<a><![CDATA[<b>&amp;]]]]><![CDATA[>]]></a>", "a\"<b>&amp;]]>\""},
      {"<a>1\r\n2\r3</a>", "a\"1\n2\n3\""},
      {"<s3:a xmlns:s3='http://x/' xmlns='http://y/'><s3:b/><c/></s3:a>",
       "a{xmlns:s3=http://x/}{xmlns=http://y/}(b)(c)"},
      {"<Grantee xmlns:xsi='http://w/' xsi:type='CanonicalUser'/>",
       "Grantee{xmlns:xsi=http://w/}{xsi:type=CanonicalUser}"},
      {"<?xml version='1.0' encoding='ISO-8859-1'?><a>\xe9</a>", "a\"\u00e9\""},
      {"\xEF\xBB\xBF<a/>", "a"},
      {"\xFF\xFE<\0a\0>\0\xAC\x20<\0/\0a\0>\0"sv, "a\"\u20ac\""},
  };
  for (const auto& test : cases) EXPECT_EQ(reread(test.text), test.tree) << test.text;
}

TEST(Xml, says_what_is_wrong_and_where) {
  const struct {
    std::string_view text;
    std::string_view reason;
  } cases[] = {
      {"", "line 1, column 1: no element found"},
      {"<a>", "line 1, column 4: no element found"},
      {"<a>\n  <b></c></a>", "line 2, column 8: mismatched tag"},
      {"<a>&nbsp;</a>", "line 1, column 4: undefined entity"},
      {"<a x='1' x='2'/>", "line 1, column 10: duplicate attribute"},
      {"<a/><b/>", "line 1, column 5: junk after document element"},
      {"<a/>x", "line 1, column 5: junk after document element"},
      {"plain", "line 1, column 1: syntax error"},
      {"<a>\xff</a>", "line 1, column 4: not well-formed (invalid token)"},
      {"<a>\x01</a>", "line 1, column 4: not well-formed (invalid token)"},
      {"<a>&#0;</a>", "line 1, column 4: reference to invalid character number"},
      {"<a>&#xD800;</a>", "line 1, column 4: reference to invalid character number"},
      {"<a><![CDATA[x</a>", "line 1, column 18: unclosed CDATA section"},
      {"<?xml version='1.0' encoding='EBCDIC-X'?><a/>", "line 1, column 31: unknown encoding"},
      {"<!DOCTYPE a><a/>", "line 1, column 12: a document type declaration is not allowed"},
      {"<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>",
       "line 1, column 40: a document type declaration is not allowed"},
      {"<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>",
       "line 1, column 13: a document type declaration is not allowed"},
  };
  for (const auto& test : cases) {
    EXPECT_EQ(reread(test.text), "The XML document cannot be read: " + std::string(test.reason) + ".")
        << test.text;
  }
  const auto error = parse_xml("<a").error();
  EXPECT_EQ(error.kind, ErrorKind::protocol);
  EXPECT_EQ(error.code, "MalformedXML");
}

TEST(Xml, refuses_every_cut_of_a_document) {
  const auto whole =
      "<?xml version='1.0'?><a xmlns:x='http://x/'><x:b y=\"1\">\u20ac &amp; &#65;</x:b><!-- c --><![CDATA[d]]></a>"s;
  ASSERT_TRUE(parse_xml(whole));
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_FALSE(parse_xml(whole.substr(0, length))) << length;
  }
}

TEST(Xml, counts_depth_exactly) {
  EXPECT_TRUE(parse_xml("<a><b/><b/></a>", 2));
  EXPECT_EQ(reread("<a><b><c/></b></a>", 2),
            "The XML document cannot be read: line 1, column 11: elements are nested deeper than 2 levels.");
  std::string opened;
  for (int level = 0; level < 100'000; ++level) opened += "<a>";
  EXPECT_FALSE(parse_xml(opened));
}

TEST(XmlElement, finds_children_and_attributes) {
  const auto root = parse_xml("<a x='1'><b>first</b><b>second</b><c/></a>");
  ASSERT_TRUE(root);
  EXPECT_EQ(root->find("b"), &root->children[0]);
  EXPECT_EQ(root->find("x"), nullptr);
  EXPECT_EQ(root->text_of("b"), "first");
  EXPECT_EQ(root->text_of("c"), "");
  EXPECT_EQ(root->text_of("d"), "");
  EXPECT_EQ(*root->attribute("x"), "1");
  EXPECT_EQ(root->attribute("b"), nullptr);
}

TEST(XmlWriter, writes_a_document) {
  XmlWriter writer;
  writer.declaration();
  writer.open("ListBucketResult", "http://s3.amazonaws.com/doc/2006-03-01/");
  writer.element("Name", "b");
  writer.open("Grantee", {}, "xsi:type=\"CanonicalUser\"");
  writer.close("Grantee");
  writer.close("ListBucketResult");
  EXPECT_EQ(writer.str(),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>b</Name>"
            "<Grantee xsi:type=\"CanonicalUser\"></Grantee></ListBucketResult>");
  EXPECT_EQ(writer.take(),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>b</Name>"
            "<Grantee xsi:type=\"CanonicalUser\"></Grantee></ListBucketResult>");
}

TEST(XmlWriter, escapes_text) {
  const struct {
    std::string_view text;
    std::string_view written;
  } cases[] = {
      {"", ""},
      {"plain \u20ac \U0001f600", "plain \u20ac \U0001f600"},
      {"<a href=\"x\">&'</a>", "&lt;a href=&quot;x&quot;&gt;&amp;'&lt;/a&gt;"},
      {"tab\tline\nreturn\r", "tab\tline\nreturn&#13;"},
      {"\x01\x7f", "&#1;&#127;"},
      {"a\xff\xc3z", "a\uFFFD\uFFFDz"},
      {"\uFFFE\uFFFF", "\uFFFD\uFFFD"},
  };
  for (const auto& test : cases) {
    XmlWriter writer;
    writer.text(test.text);
    EXPECT_EQ(writer.str(), test.written);
  }
}

TEST(XmlWriter, says_which_element_holds_what_xml_cannot_carry) {
  for (const std::string_view bad : {"\xff"sv, "a\xc3"sv, "\x01"sv, "\0"sv, "\uFFFE"sv, "\uFFFF"sv}) {
    XmlWriter writer;
    writer.open("a");
    writer.element("b", "\t\r\n\x7f\u00e9<>&\"");
    EXPECT_EQ(writer.misfit(), std::nullopt);
    writer.open("c", "http://x/");
    writer.text("before ");
    writer.text(bad);
    writer.element("d", bad);
    EXPECT_EQ(writer.misfit(), "c");
  }
  XmlWriter writer;
  writer.open("a", {}, "x=\"\xff\"");
  EXPECT_EQ(writer.misfit(), "a");
}

TEST(XmlElement, is_wiped_with_all_that_is_in_it) {
  auto root = parse_xml("<a x='hush'>hush, hush, hush<b>hush</b></a>");
  ASSERT_TRUE(root);
  wipe(*root);
  EXPECT_EQ(sketch(*root), "a{x=}(b)");
}

TEST(XmlWriter, writes_what_reads_back_the_same) {
  std::string text;
  for (char character = ' '; character < '\x7f'; ++character) text += character;
  text += "\t\n\r\x7f\u00e9\u20ac\U0001f600\U0010ffff";
  XmlWriter writer;
  writer.element("a", text);
  const auto root = parse_xml(writer.str());
  ASSERT_TRUE(root) << root.error().message;
  EXPECT_EQ(root->text, text);
}

}  // namespace
}  // namespace gannet::core
