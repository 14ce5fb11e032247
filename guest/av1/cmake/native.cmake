# How to compile libaom: the encoder alone, in C alone, as that is what WebAssembly gets.
set(AOM_TARGET_CPU generic CACHE STRING "")
set(CONFIG_AV1_DECODER 0 CACHE STRING "")
set(CONFIG_MULTITHREAD 0 CACHE STRING "")
set(CONFIG_RUNTIME_CPU_DETECT 0 CACHE STRING "")
set(CONFIG_WEBM_IO 0 CACHE STRING "")
set(CMAKE_MAKE_PROGRAM ${CMAKE_CURRENT_LIST_DIR}/../../../.tools/av1/bin/ninja CACHE FILEPATH "" FORCE)
