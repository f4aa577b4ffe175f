#include <isthmus/declare.hpp>
#include <isthmus/dump.hpp>
#include <isthmus/schedule/rank.hpp>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include <cctype>
#include <set>
#include <string>

#include "support/catch.hpp"
#include "support/sample_operations.hpp"

namespace {

using namespace isthmus;

struct Small {
  static constexpr auto model = autoencoder(encoder(input<20>("image"), dense<12>("enc") | elu),
                                            bottleneck(dense<3>("code")), decoder(dense<20>("dec") | sigmoid));
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

/// Reads the DOT that the dumps write: a digraph of statements `id [attributes];` and `id -> id
/// [attributes];`. True if it is whole: strings and brackets are closed, edges join nodes that exist.
class DotReader {
 public:
  explicit DotReader(const std::string& text) : text_(text) {}

  bool read() {
    if (!word("digraph") || !string() || !sign('{')) return false;
    if (word("node") && (!attributes() || !sign(';'))) return false;
    while (!sign('}')) {
      const std::string from = identifier();
      if (from.empty()) return false;
      if (word("->")) {
        const std::string to = identifier();
        if (!nodes.contains(from) || !nodes.contains(to)) return false;
        ++edges;
      } else {
        nodes.insert(from);
      }
      if (peek() == '[' && !attributes()) return false;
      if (!sign(';')) return false;
    }
    return peek() == 0;
  }

  std::set<std::string> nodes;
  int edges = 0;

 private:
  char peek() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_]))) ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  bool sign(char c) {
    if (peek() != c) return false;
    ++at_;
    return true;
  }
  bool word(const std::string& expected) {
    peek();
    if (text_.compare(at_, expected.size(), expected) != 0) return false;
    at_ += expected.size();
    return true;
  }
  std::string identifier() {
    std::string id;
    peek();
    while (at_ < text_.size() && std::isalnum(static_cast<unsigned char>(text_[at_]))) id += text_[at_++];
    return id;
  }
  bool string() {
    if (!sign('"')) return false;
    for (; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (text_[at_] == '\n') return false;
      if (text_[at_] == '\\') ++at_;
    }
    return at_++ < text_.size();
  }
  bool attributes() {
    if (!sign('[')) return false;
    do {
      if (identifier().empty() || !sign('=')) return false;
      if (peek() == '"' ? !string() : identifier().empty()) return false;
    } while (sign(','));
    return sign(']');
  }

  const std::string& text_;
  std::size_t at_ = 0;
};

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

constexpr const auto& small_plan = plan::planned<Small, Role::train>;

}  // namespace

TEST_CASE("every operation has a name of its own") {
  std::set<std::string_view> names;
  for (int op = 0; op <= static_cast<int>(Op::assign); ++op) names.insert(name_of(static_cast<Op>(op)));
  CHECK(names.size() == static_cast<std::size_t>(Op::assign) + 1);
  CHECK_FALSE(names.contains("?"));
  Builder b;
  CHECK(name_of(b.unary(ops::leaky_relu, b.input("x", shape_of(3)), 0.1f).node()) == "leaky_relu");
}

TEST_CASE("every kind of anchor and storage has a name of its own") {
  std::set<std::string_view> names;
  for (int a = 0; a <= static_cast<int>(plan::Anchor::scalar); ++a)
    names.insert(name_of(static_cast<plan::Anchor>(a)));
  CHECK(names.size() == static_cast<std::size_t>(plan::Anchor::scalar) + 1);
  names.clear();
  for (int s = 0; s <= static_cast<int>(plan::Storage::scalar); ++s)
    names.insert(name_of(static_cast<plan::Storage>(s)));
  CHECK(names.size() == static_cast<std::size_t>(plan::Storage::scalar) + 1);
}

namespace {

/// How many names the values of an enumeration up to `last` have.
template <class Enum>
std::size_t names_up_to(Enum last) {
  std::set<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(last); ++i) names.insert(name_of(static_cast<Enum>(i)));
  return names.size() - names.count("?");
}

}  // namespace

TEST_CASE("what operations on images are told apart by has names of its own") {
  CHECK(names_up_to(Distribution::normal) == 2);
  CHECK(names_up_to(Mode::statistics) == 4);
  CHECK(names_up_to(Resampling::bilinear) == 4);
  CHECK(names_up_to(Algorithm::narrow) == 4);
  CHECK(names_up_to(Role::train_distributed) == 7);
  CHECK(name_of(Op::conv2d_transpose) == "conv2d_transpose");
  CHECK(name_of(Op::max_unpool) == "max_unpool");
  CHECK(name_of(Op::by_mode) == "by_mode");
}

TEST_CASE("a graph as text has a line for each node") {
  const GraphView graph = Small::model.graph;
  const std::string text = dump(graph, DumpFormat::text, "small");
  CHECK(std::count(text.begin(), text.end(), '\n') == graph.size + 1);
  CHECK(contains(text, "small: "));
  CHECK(contains(text, "[batch, 20]"));
  CHECK(contains(text, "enc.weight"));
  CHECK(contains(text, "glorot_uniform"));
  CHECK(contains(text, "bottleneck"));
}

TEST_CASE("a graph as DOT is whole, and its marked nodes stand out") {
  const GraphView graph = Small::model.graph;
  const std::string text = dump(graph, DumpFormat::dot, "small", std::vector<int>{0});
  DotReader reader(text);
  CHECK(reader.read());
  CHECK(reader.nodes.size() == static_cast<std::size_t>(graph.size));
  int edges = 0;
  for (const Node& node : graph)
    for (const int input : node.inputs) edges += input >= 0 ? 1 : 0;
  CHECK(reader.edges == edges);
  CHECK(contains(text, "color=red"));
}

TEST_CASE("names that are no identifiers are escaped in DOT and JSON") {
  Builder b;
  b.output(b.input("say \"hi\"\\\n[];", shape_of(batch, 2)), "->");
  const std::string dot = dump(b.view(), DumpFormat::dot, "a \"title\"\\");
  INFO(dot);
  DotReader reader(dot);
  CHECK(reader.read());
  CHECK(reader.nodes.size() == 2);
  const auto json = boost::json::parse(dump(b.view(), DumpFormat::json, "a \"title\"\\"));
  CHECK(json.at("title").as_string() == "a \"title\"\\");
  CHECK(json.at("nodes").as_array()[0].at("name").as_string() == "say \"hi\"\\\n[];");
}

TEST_CASE("a graph as JSON says what the graph is") {
  const GraphView graph = Small::model.graph;
  const auto json = boost::json::parse(dump(graph, DumpFormat::json, "small"));
  CHECK(json.at("parameters").as_int64() == Small::model.parameters());
  const auto& nodes = json.at("nodes").as_array();
  REQUIRE(nodes.size() == static_cast<std::size_t>(graph.size));
  for (int i = 0; i < graph.size; ++i) {
    const auto& node = nodes[static_cast<std::size_t>(i)];
    CHECK(node.at("op").as_string() == name_of(graph[i]));
    CHECK(node.at("shape").as_array().size() == static_cast<std::size_t>(graph[i].shape.rank));
  }
}

TEST_CASE("an infinite value becomes text in JSON") {
  Builder b;
  b.constant(std::numeric_limits<float>::infinity());
  const auto json = boost::json::parse(dump(b.view(), DumpFormat::json, "infinite"));
  CHECK(json.at("nodes").as_array()[0].at("value").as_string() == "inf");
}

TEST_CASE("a group's program is readable") {
  const plan::PlanView plan = plan::planned<Small, Role::encode>.view();
  std::string all;
  for (int g = 0; g < plan.group_count; ++g)
    for (const std::string& line : group_program(plan, plan.groups[g])) all += line + '\n';
  INFO(all);
  CHECK(contains(all, " = elu(accumulator + row(enc.bias))\n"));
  CHECK(contains(all, " · enc.weight\n"));
  CHECK(contains(all, "code = accumulator + row(code.bias)\n"));
}

TEST_CASE("an operation over samples is dumped by its own name") {
  Builder b;
  b.output(testing::of_sample(testing::running_total, exp(b.input("x", shape_of(batch, 2, 3, 4)))), "y");
  CHECK(contains(dump(b.view(), DumpFormat::text, "sums"), "running_total"));
  const plan::PlanBuilder made = plan::make_plan(b.view());
  const plan::PlanView plan = view(made);
  std::string all;
  for (int g = 0; g < plan.group_count; ++g)
    for (const std::string& line : group_program(plan, plan.groups[g])) all += line + '\n';
  INFO(all);
  CHECK(contains(all, "accumulator = running_total("));
}

TEST_CASE("a result that another result is computed from is written once") {
  const plan::PlanView plan = small_plan.view();
  for (int g = 0; g < plan.group_count; ++g) {
    const auto lines = group_program(plan, plan.groups[g]);
    const auto moment = std::find_if(lines.begin(), lines.end(),
                                     [](const std::string& line) { return line.starts_with("enc.weight.m = "); });
    if (moment != lines.end()) CHECK((*moment)[std::string("enc.weight.m = ").size()] == 't');
  }
}

TEST_CASE("a plan in every format tells its memory") {
  const plan::PlanView plan = small_plan.view();
  const plan::MemoryPlan memory = plan::plan_memory(plan, 32);
  const std::string text = dump(plan, memory, 32, DumpFormat::text, "small, train");
  CHECK(contains(text, "small, train, up to 32 samples"));
  CHECK(contains(text, "largest sum of values alive together: "));
  CHECK(contains(text, "enc.weight.v"));

  const std::string dot = dump(plan, memory, 32, DumpFormat::dot, "small, train");
  DotReader reader(dot);
  CHECK(reader.read());

  const auto json = boost::json::parse(dump(plan, memory, 32, DumpFormat::json, "small, train"));
  CHECK(json.at("arena_bytes").as_int64() == memory.arena_bytes);
  CHECK(json.at("kept_bytes").as_int64() == memory.kept_bytes);
  CHECK(json.at("live_bytes").as_int64() == memory.live_bytes);
  CHECK(json.at("groups").as_array().size() == static_cast<std::size_t>(plan.group_count));
  CHECK(json.at("values").as_array().size() == static_cast<std::size_t>(plan.value_count));
  CHECK(json.at("memory_edges").as_array().size() == memory.edges.size());
  double flops = 0;
  for (const auto& group : json.at("groups").as_array()) {
    CHECK_FALSE(group.at("name").as_string().empty());
    flops += group.at("flops").to_number<double>();
  }
  CHECK(flops >= plan::declared_flops(plan.graph, 32));
}

TEST_CASE("a schedule in every format tells its tasks and their order") {
  const plan::PlanView plan = small_plan.view();
  const auto tasks = schedule::sort_by_urgency(schedule::make_task_graph(plan, plan::plan_memory(plan, 64), 64));
  const std::string text = dump(plan, tasks, DumpFormat::text, "small");
  CHECK(std::count(text.begin(), text.end(), '\n') == tasks.size() + 3);

  const std::string dot = dump(plan, tasks, DumpFormat::dot, "small");
  DotReader reader(dot);
  CHECK(reader.read());
  CHECK(reader.nodes.size() == tasks.tasks.size());
  CHECK(reader.edges == static_cast<int>(tasks.successors.size()));

  const auto json = boost::json::parse(dump(plan, tasks, DumpFormat::json, "small"));
  const auto& list = json.at("tasks").as_array();
  REQUIRE(list.size() == tasks.tasks.size());
  std::size_t edges = 0;
  for (const auto& task : list) edges += task.at("successors").as_array().size();
  CHECK(edges == tasks.successors.size());
  CHECK(json.at("critical_path").to_number<double>() == Approx(schedule::critical_path(tasks)));
}
