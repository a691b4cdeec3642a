#pragma once

#include <string_view>

/// The files of report/page/, built into the library by embed.cmake.
namespace lisper::report::page {

extern const std::string_view kPageHtml;
extern const std::string_view kStyleCss;
extern const std::string_view kTopologyCss;
extern const std::string_view kScriptJs;  ///< all of page/*.js, in the order of their use

}  // namespace lisper::report::page
