#pragma once

#include <string>
#include <vector>

#include "model/plan.h"

namespace lisper::lab {

/// How the parts of a lab are named: a network namespace for each node, and one more, the panel, which
/// all cables run through.
class Layout {
 public:
  /// `lab` has letters, digits, '-' and '_'; `plan` must outlive the layout.
  Layout(std::string lab, const model::Plan& plan);

  [[nodiscard]] const std::string& lab() const noexcept { return lab_; }
  /// "ll-mesh"
  [[nodiscard]] std::string panel() const { return "ll-" + lab_; }
  /// "ll-mesh.node01"
  [[nodiscard]] std::string netns(std::size_t node) const;
  /// All of them, the panel first.
  [[nodiscard]] std::vector<std::string> all_netns() const;
  /// In its node's namespace; the port's own name wherever Linux takes it: "e0".
  [[nodiscard]] std::string interface(model::PortRef port) const;
  /// The other end of that veth, in the panel: "p17".
  [[nodiscard]] std::string socket(model::PortRef port) const;

 private:
  std::string lab_;
  const model::Plan& plan_;
  std::vector<std::size_t> first_socket_;  ///< by node
};

}  // namespace lisper::lab
