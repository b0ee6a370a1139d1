// Forward attention over sequences of any number of queries, tile by tile.
#pragma once

#include "cpu/attention_tiles.h"

namespace weft::WEFT_ISA {

struct ForwardRows {
  const float* q;       // [t, H hd]
  float* out;           // [t, H hd]
  float* logSumExp;     // [t, H], or null
};

Status attendTiles(ThreadPool& pool, const std::vector<Sequence>& sequences, const Heads& heads, const ForwardRows& rows);

}  // namespace weft::WEFT_ISA
