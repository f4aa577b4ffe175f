// Helper of the tests that examine an SVG.
#pragma once

#include <boost/property_tree/ptree.hpp>
#include <boost/property_tree/xml_parser.hpp>

#include <sstream>
#include <string>

/// The element `svg` of a text that is well-formed XML; any other is refused by an exception.
struct Svg {
  boost::property_tree::ptree root;

  explicit Svg(const std::string& text) {
    std::istringstream stream(text);
    boost::property_tree::ptree document;
    boost::property_tree::read_xml(stream, document, boost::property_tree::xml_parser::trim_whitespace);
    root = document.get_child("svg");
  }

  int width() const { return view_box(2); }
  int height() const { return view_box(3); }
  /// How many elements of this name there are, at any depth.
  int count(const std::string& name) const { return count(root, name); }

 private:
  int view_box(int place) const {
    std::istringstream numbers(root.get<std::string>("<xmlattr>.viewBox"));
    int number = 0;
    for (int i = 0; i <= place; ++i) numbers >> number;
    return number;
  }
  static int count(const boost::property_tree::ptree& tree, const std::string& name) {
    int found = static_cast<int>(tree.count(name));
    for (const auto& [ignored, child] : tree) found += count(child, name);
    return found;
  }
};
