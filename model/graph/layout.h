#pragma once

#include "model/plan.h"

namespace lisper::model {

/// Sets every node's position for pictures, 0..1 each, with y downwards. A pure function of the nodes'
/// names, icons and links.
void layout(Plan& plan);

}  // namespace lisper::model
