# Debian's ns3Config.cmake asks for packages that nothing here uses; these imported targets
# (ns3::core, ns3::network, ...) need libns3-dev alone. NS3_ROOT names another installation of 3.37.

# lisper_find_ns3(MODULES...)
function(lisper_find_ns3)
  set(depends_core "")
  set(depends_network core)
  set(depends_bridge network)
  set(depends_csma network)
  set(depends_point-to-point network)
  set(depends_traffic-control network)
  set(depends_stats core)
  set(depends_internet network bridge traffic-control)
  find_path(NS3_INCLUDE_DIR ns3/simulator.h HINTS ${NS3_ROOT}/include)
  if(NOT NS3_INCLUDE_DIR)
    message(FATAL_ERROR "ns-3 headers not found: apt-get install libns3-dev, set -DNS3_ROOT=, or -DLISPER_SIM=OFF")
  endif()
  foreach(module IN LISTS ARGN)
    if(TARGET ns3::${module})
      continue()
    endif()
    find_library(NS3_${module}_LIBRARY NAMES ns3-${module} ns3.37-${module} HINTS ${NS3_ROOT}/lib REQUIRED)
    mark_as_advanced(NS3_${module}_LIBRARY)
    add_library(ns3::${module} SHARED IMPORTED GLOBAL)
    # NS3_LOG_ENABLE as the package was built: some classes have one member more with it.
    set_target_properties(ns3::${module} PROPERTIES
      IMPORTED_LOCATION ${NS3_${module}_LIBRARY}
      INTERFACE_INCLUDE_DIRECTORIES ${NS3_INCLUDE_DIR}
      INTERFACE_COMPILE_DEFINITIONS NS3_LOG_ENABLE)
    foreach(depend IN LISTS depends_${module})
      lisper_find_ns3(${depend})
      set_property(TARGET ns3::${module} APPEND PROPERTY INTERFACE_LINK_LIBRARIES ns3::${depend})
    endforeach()
  endforeach()
endfunction()
