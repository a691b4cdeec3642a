#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace lisper {

/// Why a call at a boundary (configuration, text, control message) was refused, in words for a person.
struct Error {
  std::string message;
};

template <typename T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(std::string message) { return tl::unexpected<Error>(Error{std::move(message)}); }

}  // namespace lisper
