#pragma once

#include <string_view>

/// The files of guest/, as they were when the program was built.
namespace lisper::lab::guest_files {

extern const std::string_view kBuild;
extern const std::string_view kServe;
extern const std::string_view kStart;

}  // namespace lisper::lab::guest_files
