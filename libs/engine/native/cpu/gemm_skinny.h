// Products that read each operand about once and so are bound by memory: nothing is packed and nothing is padded.
#pragma once

#include "cpu/gemm/micro_kernels.h"

namespace weft::WEFT_ISA {

void skinnyDot(const SkinnyCall& call);
void skinnyRows(const SkinnyCall& call);

}  // namespace weft::WEFT_ISA
