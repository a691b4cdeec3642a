#pragma once

#include <string_view>

#include "core/base/result.h"

namespace lisper::model {

/// Refuses XML that Boost's parser, which recurses for each element, cannot be trusted with: elements
/// nested more than 64 deep, a document type that declares things, or a zero byte, where it would stop. Says
/// nothing about what else may be wrong.
[[nodiscard]] Result<void> check_xml(std::string_view text);

}  // namespace lisper::model
