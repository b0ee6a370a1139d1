// Forward attention of sequences with one query each.
#pragma once

#include "cpu/attention_forward.h"

namespace weft::WEFT_ISA {

// All sequences have queries == 1. The result does not depend on the number of threads.
Status attendSingles(ThreadPool& pool, const std::vector<Sequence>& sequences, const Heads& heads, const ForwardRows& rows);

}  // namespace weft::WEFT_ISA
