# One set of objects per instruction set, chosen between at run time.
#
# The order of WEFT_OBJECTS matters: an inline function that several sets instantiate is linked once, from the first
# object that has it. Lowest set first, so that no CPU meets an instruction that it does not know.
set(WEFT_OBJECTS "")

# Adds the object library weft_<name> with extra compile options (a list) and appends it to WEFT_OBJECTS.
function(weft_add_objects name options)
  if(NOT ARGN)
    return()
  endif()
  add_library(weft_${name} OBJECT ${ARGN})
  target_link_libraries(weft_${name} PRIVATE weft_settings)
  target_compile_options(weft_${name} PRIVATE ${options})
  if(NOT name STREQUAL "tests")
    set(WEFT_OBJECTS ${WEFT_OBJECTS} $<TARGET_OBJECTS:weft_${name}> PARENT_SCOPE)
  endif()
endfunction()

set(avx2_options -mavx2 -mfma -mf16c -mbmi2)
set(avx512_options ${avx2_options} -mavx512f -mavx512bw -mavx512dq -mavx512vl -mprefer-vector-width=512)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC's own AVX-512 intrinsics start from an undefined register, which GCC then warns of.
  list(APPEND avx512_options -Wno-maybe-uninitialized)
endif()

# Files that use an extension by intrinsics, cpu/x86/*_<extension>.cc, and what turns it on.
set(x86_extensions avx512bf16 avx512fp16 amx)
set(avx512bf16_options -mavx512bf16)
set(avx512fp16_options -mavx512fp16)
set(amx_options -mavx512bf16 -mamx-tile -mamx-bf16)

# Sets `result` to whether the compiler takes all of the options.
function(weft_accepts result)
  string(REPLACE ";" " " flags "${ARGN}")
  string(MAKE_C_IDENTIFIER "weft_takes_${flags}" known)
  check_cxx_compiler_flag("${flags}" ${known})
  set(${result} ${${known}} PARENT_SCOPE)
endfunction()

# A macro, so that WEFT_OBJECTS grows in the caller's scope.
macro(weft_add_instruction_sets)
  file(GLOB kernel_sources CONFIGURE_DEPENDS cpu/*.cc)
  weft_add_objects(portable "-DWEFT_ISA=portable" ${kernel_sources})
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$")
    weft_add_objects(avx2 "-DWEFT_ISA=avx2;${avx2_options}" ${kernel_sources})
    weft_add_objects(avx512 "-DWEFT_ISA=avx512;${avx512_options}" ${kernel_sources})
    foreach(extension IN LISTS x86_extensions)
      weft_add_extension(${extension})
    endforeach()
  endif()
endmacro()

# WEFT_HAVE_<EXTENSION> is defined everywhere if the compiler knows the extension and we have files for it.
macro(weft_add_extension extension)
  file(GLOB extension_sources CONFIGURE_DEPENDS cpu/x86/*_${extension}.cc)
  weft_accepts(extension_known ${${extension}_options})
  if(extension_sources AND extension_known)
    weft_add_objects(${extension} "-DWEFT_ISA=avx512;${avx512_options};${${extension}_options}" ${extension_sources})
    string(TOUPPER ${extension} extension_name)
    target_compile_definitions(weft_settings INTERFACE WEFT_HAVE_${extension_name}=1)
  endif()
endmacro()
