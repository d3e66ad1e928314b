// libFuzzer target: index arrays, sizes and values from the fuzzer's bytes go to every sparse entry point. Broken
// matrices must be refused; accepted ones must give what the references give, on every instruction set, without a write
// beyond the end (AddressSanitizer watches).
//
//   CXX=clang++ cmake -S native -B native/build-fuzz -DWINNOW_FUZZ=ON && cmake --build native/build-fuzz
//   native/build-fuzz/sparse_fuzz -max_total_time=600 -max_len=1024 -len_control=0
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

#include "bytes.h"
#include "core/isa.h"
#include "core/thread_pool.h"
#include "ops/sddmm/sddmm.h"
#include "ops/spmm/spmm.h"

namespace winnow {
namespace {

/// Equal within rounding; what overflows or is not a number on one side may be so on the other in another way.
void RequireClose(const std::vector<float>& actual, const std::vector<float>& expected) {
  for (size_t i = 0; i < actual.size(); ++i) {
    const float a = actual[i], b = expected[i];
    if (!std::isfinite(a) || !std::isfinite(b) || std::fabs(a) > 1e6f || std::fabs(b) > 1e6f) continue;
    Require(std::fabs(a - b) <= 1e-2f * (1 + std::fabs(b)));
  }
}

/// A matrix that is right, or broken in one or more places.
struct Sample {
  OwnedCsr matrix;
  std::vector<uint16_t> shorts;
  bool is_short;

  CsrMatrix view() const {
    CsrMatrix view = matrix.view();
    if (is_short) {
      view.column_indices = nullptr;
      view.short_column_indices = shorts.data();
    }
    return view;
  }
};

Sample MakeSample(Bytes& bytes) {
  Sample sample;
  OwnedCsr& matrix = sample.matrix;
  matrix.rows = bytes.Below(80);
  matrix.columns = bytes.Below(300);
  const int64_t skip = 1 + bytes.Next() % 40;
  matrix.row_offsets = {0};
  for (int64_t row = 0; row < matrix.rows; ++row) {
    for (int64_t column = bytes.Next() % skip; column < matrix.columns; column += 1 + (row + column) % skip) {
      matrix.column_indices.push_back(static_cast<int32_t>(column));
    }
    matrix.row_offsets.push_back(static_cast<int32_t>(matrix.column_indices.size()));
  }
  for (int breaks = bytes.Next() % 4; breaks > 1; --breaks) {
    std::vector<int32_t>& array = bytes.Next() % 2 ? matrix.column_indices : matrix.row_offsets;
    if (array.empty()) continue;
    const uint32_t step = static_cast<uint32_t>(static_cast<int8_t>(bytes.Next()));
    int32_t& entry = array[bytes.Below(static_cast<int64_t>(array.size()))];
    entry = static_cast<int32_t>(static_cast<uint32_t>(entry) + step * (bytes.Next() % 8 == 0 ? 0x1000001u : 1u));
  }
  matrix.values = Floats(bytes, static_cast<int64_t>(matrix.column_indices.size()));
  sample.shorts.assign(matrix.column_indices.begin(), matrix.column_indices.end());
  sample.is_short = bytes.Next() % 2;
  return sample;
}

bool IsRight(const CsrMatrix& matrix) {
  if (matrix.row_offsets[0] != 0 || matrix.row_offsets[matrix.rows] != matrix.nnz) return false;
  for (int64_t row = 0; row < matrix.rows; ++row) {
    if (matrix.row_offsets[row] > matrix.row_offsets[row + 1] || matrix.row_offsets[row + 1] > matrix.nnz) return false;
    for (int64_t i = matrix.row_offsets[row]; i < matrix.row_offsets[row + 1]; ++i) {
      if (matrix.column(i) < 0 || matrix.column(i) >= matrix.columns) return false;
      if (i > matrix.row_offsets[row] && matrix.column(i) <= matrix.column(i - 1)) return false;
    }
  }
  return true;
}

/// The activation of two bits; with GELU what it is applied to is asked for, too.
Activation ActivationOf(uint8_t flags) {
  return flags & 16 ? Activation::kRelu : flags & 32 ? Activation::kGelu : Activation::kNone;
}

/// An N:M matrix or one of blocks, right or broken: both must be refused or taken as they are, and give what the same
/// matrix without their form gives.
template <typename Matrix>
void RunStructured(Bytes& bytes, const Matrix& matrix, bool is_right, const OwnedCsr& csr, ThreadPool& pool) {
  const uint8_t flags = bytes.Next();
  const bool transposed = flags & 1, input_outer = flags & 2, output_outer = flags & 4, has_bias = flags & 8;
  const int64_t tokens = bytes.Below(70);
  const int64_t units = transposed ? matrix.columns : matrix.rows, channels = transposed ? matrix.rows : matrix.columns;
  const std::vector<float> input = Floats(bytes, tokens * channels), bias = Floats(bytes, units);
  const SpmmArguments arguments = {
      {input.data(), input_outer}, tokens, has_bias ? bias.data() : nullptr, ActivationOf(flags)};
  std::vector<float> expected(tokens * units);
  if (is_right) Require(SpmmReference(csr.view(), transposed, arguments, {expected.data(), output_outer}).ok());
  for (Isa isa : kIsas) {
    if (!IsaSupported(isa)) continue;
    const ScopedIsa forced(isa);
    std::vector<float> actual(tokens * units), sums(tokens * units);
    Require(Spmm(matrix, transposed, arguments, pool, {actual.data(), output_outer}, sums.data()).ok() == is_right);
    if (is_right) RequireClose(actual, expected);
  }
}

void RunNm(Bytes& bytes, ThreadPool& pool) {
  const int m = 1 + static_cast<int>(bytes.Below(20)), n = 1 + static_cast<int>(bytes.Below(m));
  NmMatrix matrix = {bytes.Below(80), bytes.Below(200), n, m, nullptr, nullptr};
  std::vector<uint8_t> positions(matrix.nnz());
  bool is_right = true;
  const uint8_t shift = bytes.Next(), breaks = bytes.Next();
  for (int64_t row = 0, entry = 0; row < matrix.rows; ++row) {
    for (int64_t first = 0; first < matrix.columns; first += m) {
      const int64_t size = std::min<int64_t>(m, matrix.columns - first), count = (size * n + m - 1) / m;
      // The first columns, moved on as far as there is room.
      const int64_t room = (shift + row + first) % (size - count + 1);
      for (int64_t i = 0; i < count; ++i) positions[entry++] = static_cast<uint8_t>(room + i);
    }
  }
  if (breaks % 2 == 1 && !positions.empty()) {
    uint8_t& position = positions[bytes.Below(static_cast<int64_t>(positions.size()))];
    position = bytes.Next();
  }
  const std::vector<float> values = Floats(bytes, matrix.nnz());
  matrix.values = values.data();
  matrix.positions = positions.data();
  OwnedCsr csr = {matrix.rows, matrix.columns, values, {}, {0}};
  for (int64_t row = 0, entry = 0; row < matrix.rows; ++row) {
    for (int64_t first = 0; first < matrix.columns; first += m) {
      const int64_t size = std::min<int64_t>(m, matrix.columns - first), count = (size * n + m - 1) / m;
      for (int64_t i = 0; i < count; ++i, ++entry) {
        is_right &= positions[entry] < size && (i == 0 || positions[entry] > positions[entry - 1]);
        csr.column_indices.push_back(static_cast<int32_t>(first) + positions[entry]);
      }
    }
    csr.row_offsets.push_back(static_cast<int32_t>(csr.column_indices.size()));
  }
  RunStructured(bytes, matrix, is_right, csr, pool);
}

void RunBlocks(Bytes& bytes, ThreadPool& pool) {
  const Sample sample = MakeSample(bytes);
  const CsrMatrix pattern = sample.matrix.view();
  BlockMatrix matrix = {};
  matrix.block_rows = 1 + bytes.Below(9);
  matrix.block_columns = 1 + bytes.Below(9);
  // As many blocks a side as the pattern has, the last ones whole or not.
  matrix.rows = std::max<int64_t>(0, pattern.rows * matrix.block_rows - bytes.Below(matrix.block_rows));
  matrix.columns = std::max<int64_t>(0, pattern.columns * matrix.block_columns - bytes.Below(matrix.block_columns));
  matrix.blocks = pattern.nnz;
  const std::vector<float> values = Floats(bytes, matrix.size());
  matrix.values = values.data();
  matrix.column_indices = pattern.column_indices;
  matrix.row_offsets = pattern.row_offsets;
  const bool is_right = IsRight(pattern);
  OwnedCsr csr = {matrix.rows, matrix.columns, {}, {}, {0}};
  for (int64_t row = 0; is_right && row < matrix.rows; ++row) {
    const int64_t block_row = row / matrix.block_rows;
    for (int64_t i = pattern.row_offsets[block_row]; i < pattern.row_offsets[block_row + 1]; ++i) {
      for (int64_t c = 0; c < matrix.block_columns; ++c) {
        const int64_t column = pattern.column_indices[i] * matrix.block_columns + c;
        if (column >= matrix.columns) continue;
        csr.column_indices.push_back(static_cast<int32_t>(column));
        csr.values.push_back(values[(i * matrix.block_rows + row % matrix.block_rows) * matrix.block_columns + c]);
      }
    }
    csr.row_offsets.push_back(static_cast<int32_t>(csr.column_indices.size()));
  }
  RunStructured(bytes, matrix, is_right, csr, pool);
  const int64_t tokens = bytes.Below(20);
  const std::vector<float> rows = Floats(bytes, tokens * matrix.rows), columns = Floats(bytes, tokens * matrix.columns);
  std::vector<float> sampled(matrix.size()), entries(csr.column_indices.size());
  Require(SddmmBlocks(matrix, {rows.data(), true}, {columns.data(), true}, tokens, pool, sampled.data()).ok() ==
          is_right);
  if (!is_right) return;
  Require(SddmmReference({csr.view(), {rows.data(), true}, {columns.data(), true}, tokens}, entries.data()).ok());
  BlockMatrix result = matrix;
  result.values = sampled.data();
  RequireClose(ExpandBlocks(result).matrix.values, entries);
}

void RunCsr(Bytes& bytes, ThreadPool& pool) {
  const Sample sample = MakeSample(bytes);
  const CsrMatrix matrix = sample.view();
  const uint8_t flags = bytes.Next();
  const bool transposed = flags & 1, input_outer = flags & 2, output_outer = flags & 4, has_bias = flags & 8;
  const int64_t tokens = bytes.Below(80);
  const int64_t units = transposed ? matrix.columns : matrix.rows, channels = transposed ? matrix.rows : matrix.columns;
  const std::vector<float> input = Floats(bytes, tokens * channels), bias = Floats(bytes, units);
  const std::vector<float> other = Floats(bytes, tokens * units);
  const SpmmArguments spmm = {
      {input.data(), input_outer}, tokens, has_bias ? bias.data() : nullptr, ActivationOf(flags)};
  const TokenMatrix unit_side = {other.data(), output_outer};
  const SddmmArguments sddmm = {matrix, transposed ? spmm.input : unit_side, transposed ? unit_side : spmm.input,
                                tokens};

  std::vector<float> expected(tokens * units), expected_values(matrix.nnz);
  const bool is_right = IsRight(matrix);
  Require(SpmmReference(matrix, transposed, spmm, {expected.data(), output_outer}).ok() == is_right);
  Require(SddmmReference(sddmm, expected_values.data()).ok() == is_right);
  for (Isa isa : kIsas) {
    if (!IsaSupported(isa)) continue;
    const ScopedIsa forced(isa);
    std::vector<float> actual(tokens * units), values(matrix.nnz);
    Require(Spmm(matrix, transposed, spmm, pool, {actual.data(), output_outer}).ok() == is_right);
    Require(Sddmm(sddmm, pool, values.data()).ok() == is_right);
    if (!is_right) continue;
    RequireClose(actual, expected);
    RequireClose(values, expected_values);
    // The same through a plan whose values come later.
    std::vector<float> numbers(matrix.nnz), planned(tokens * units);
    for (int64_t i = 0; i < matrix.nnz; ++i) {
      const uint32_t number = static_cast<uint32_t>(i);
      std::memcpy(&numbers[i], &number, sizeof(number));
    }
    CsrMatrix numbered = matrix;
    numbered.values = numbers.data();
    SpmmPlan pattern, plan;
    Require(MakeSpmmPlan(numbered, transposed, pool, &pattern).ok());
    Require(pattern.WithValues(matrix.values, pool, &plan).ok());
    Require(Spmm(plan, spmm, pool, {planned.data(), output_outer}).ok());
    RequireClose(planned, actual);
    const OwnedCsr twice = TransposeCsr(TransposeCsr(matrix).view());
    Require(twice.row_offsets == sample.matrix.row_offsets && twice.column_indices.size() == size_t(matrix.nnz));
  }
}

void Run(Bytes& bytes) {
  static ThreadPool pool(2);
  switch (bytes.Next() % 4) {
    case 0:
      return RunNm(bytes, pool);
    case 1:
      return RunBlocks(bytes, pool);
    default:
      return RunCsr(bytes, pool);
  }
}

}  // namespace
}  // namespace winnow

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  winnow::Bytes bytes(data, size);
  winnow::Run(bytes);
  return 0;
}
