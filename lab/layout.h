#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "model/plan.h"

namespace lisper::lab {

/// What an App's machine is.
enum class Apps : std::uint8_t {
  kNamespaces,       ///< a network namespace, behind lisper-endpoint
  kVirtualMachines,  ///< a guest of QEMU, behind QEMU's own end of the tunnel
};

/// Where the programs of a node run.
struct Place {
  std::string netns;
  std::filesystem::path guest;  ///< folder of the virtual machine that they run in; empty: in the namespace
};

/// Where the frames of a host's port can be seen: at a port, behind so many bytes of other headers.
struct Wire {
  model::PortRef port;
  std::size_t headers = 0;  ///< [bytes]
};

/// How the parts of a lab are named: a network namespace for each node, and one more, the panel, which
/// all cables run through.
class Layout {
 public:
  /// `lab` has letters, digits, '-' and '_'; `plan` must outlive the layout.
  Layout(std::string lab, const model::Plan& plan, Apps apps = Apps::kNamespaces);

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

  /// The hosts that are virtual machines.
  [[nodiscard]] const std::vector<std::size_t>& guests() const noexcept { return guests_; }
  /// Of a virtual machine: the node that its tunnel ends in. nullopt: it is no virtual machine.
  [[nodiscard]] std::optional<std::size_t> tunnel_of(std::size_t host) const { return tunnels_[host]; }
  /// A node that a virtual machine's tunnel ends in.
  [[nodiscard]] bool ends_in_qemu(std::size_t node) const;
  [[nodiscard]] Place place(std::size_t node) const;
  [[nodiscard]] Wire wire(model::PortRef port) const;

 private:
  std::string lab_;
  const model::Plan& plan_;
  std::vector<std::size_t> first_socket_;            ///< by node
  std::vector<std::size_t> guests_;                  ///< nodes
  std::vector<std::optional<std::size_t>> tunnels_;  ///< by node
};

}  // namespace lisper::lab
