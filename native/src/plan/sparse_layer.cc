#include "plan/sparse_layer.h"

#include <algorithm>
#include <string>

#include "core/float_environment.h"
#include "plan/planes.h"

namespace winnow::plan {
namespace {

constexpr IsaVariants<SparseConvKernels> kVariants = WINNOW_VARIANTS(kSparseConvKernels);

/// Pieces of work there are at least, where a layer has so many rows or outputs, and at most along one of them.
constexpr int64_t kPieces = 16;
/// Pieces begin at multiples of a kernel's widest tile.
constexpr int64_t kTileRows = 4, kTileGroups = 16;

int64_t Chunk(int64_t total, int64_t pieces, int64_t multiple) {
  const int64_t even = (total + pieces - 1) / pieces;
  return std::max<int64_t>(multiple, (even + multiple - 1) / multiple * multiple);
}

int64_t Pieces(int64_t total, int64_t chunk) { return (total + chunk - 1) / chunk; }

}  // namespace

int64_t SparseLayer::Phases::IndexOf(int64_t remainder) const {
  return std::find(remainders.begin(), remainders.end(), remainder) - remainders.begin();
}

Status SparseLayer::Create(const Node& node, const Shape& in_shape, const Plane& in, const Plane& out,
                           SparseLayer* layer) {
  SparseLayer made;
  made.window_ = node.window;
  made.inputs_ = in_shape.channels;
  made.outputs_ = node.outputs;
  made.activation_ = node.activation;
  made.in_ = in;
  made.out_ = out;
  const Window& w = node.window;
  const bool has_stride = w.stride_height > 1 || w.stride_width > 1;
  made.has_phases_ = in.lanes == 1 && has_stride;
  made.source_ = in;
  made.first_ = in.At(-w.padding_top, -w.padding_left);
  if (made.has_phases_) WINNOW_RETURN_IF_ERROR(made.MakePhases(in_shape));
  const Plane& source = made.source_;
  if (in.lanes == kVector) {
    made.step_ = w.stride_width * kVector;
    made.row_ = w.stride_height * source.row();
    made.group_rows_ = out.height;
    made.groups_ = out.width;
  } else {
    made.step_ = kVector;
    made.row_ = source.pitch;
    // Where the rows of both planes follow each other at one distance, all rows are one.
    const bool is_flat = source.pitch == out.pitch;
    made.group_rows_ = is_flat ? 1 : out.height;
    made.groups_ = ((is_flat ? out.run() : out.width) + kVector - 1) / kVector;
    if (is_flat) {
      made.mask_.assign(made.groups_ * kVector, 0);
      for (int64_t i = 0; i < out.height; ++i) std::fill_n(made.mask_.begin() + i * out.pitch, out.width, ~0u);
    } else {
      made.last_ = out.width - (made.groups_ - 1) * kVector;
    }
  }
  WINNOW_RETURN_IF_ERROR(made.Pack(node, in_shape));
  *layer = std::move(made);
  return {};
}

Status SparseLayer::MakePhases(const Shape& in_shape) {
  const auto remainders = [](int64_t kernel, int64_t dilation, int64_t stride) {
    Phases phases;
    for (int64_t tap = 0; tap < kernel; ++tap) {
      const int64_t remainder = tap * dilation % stride;
      // They repeat.
      if (!phases.remainders.empty() && phases.remainders[0] == remainder) break;
      phases.remainders.push_back(remainder);
    }
    return phases;
  };
  const Window& w = window_;
  rows_ = remainders(w.kernel_height, w.dilation_height, w.stride_height);
  columns_ = remainders(w.kernel_width, w.dilation_width, w.stride_width);
  const int64_t height = out_.height + (w.kernel_height - 1) * w.dilation_height / w.stride_height;
  const int64_t width = out_.width + (w.kernel_width - 1) * w.dilation_width / w.stride_width;
  source_ = {height, width, 0, 0, std::max(width, out_.pitch), 1, 0};
  first_ = 0;
  return SetPlaneSize(0, in_shape.channels * PhaseCount(), &source_);
}

Status SparseLayer::Pack(const Node& node, const Shape& in_shape) {
  const Window& w = node.window;
  const int64_t group_inputs = in_shape.channels / node.groups, group_outputs = node.outputs / node.groups;
  const int64_t taps = w.kernel_height * w.kernel_width, rows = taps * group_inputs;
  bias_.assign(node.outputs, 0.0f);
  if (node.bias != nullptr) std::copy_n(node.bias, node.outputs, bias_.begin());
  starts_.assign(node.outputs + 1, 0);
  int64_t total = 0;
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t output = 0; output < node.outputs; ++output) {
      const bool is_kept = node.weights[row * node.outputs + output] != 0;
      starts_[output + 1] += is_kept;
      total += is_kept;
    }
  }
  if (total > int64_t{0xffffffff}) return InvalidArgument("weights must have fewer than 2^32 that are not 0");
  for (int64_t output = 0; output < node.outputs; ++output) starts_[output + 1] += starts_[output];
  entries_.resize(total);
  std::vector<uint32_t> next(starts_.begin(), starts_.end() - 1);
  for (int64_t row = 0; row < rows; ++row) {
    const int64_t tap = row / group_inputs, input = row % group_inputs;
    const int64_t i = tap / w.kernel_width * w.dilation_height, j = tap % w.kernel_width * w.dilation_width;
    for (int64_t output = 0; output < node.outputs; ++output) {
      const float weight = node.weights[row * node.outputs + output];
      if (weight == 0) continue;
      int64_t plane = output / group_outputs * group_inputs + input, place = (i * source_.pitch + j) * source_.lanes;
      if (has_phases_) {
        const int64_t phase = rows_.IndexOf(i % w.stride_height) * static_cast<int64_t>(columns_.remainders.size()) +
                              columns_.IndexOf(j % w.stride_width);
        plane = plane * PhaseCount() + phase;
        place = i / w.stride_height * source_.pitch + j / w.stride_width;
      }
      entries_[next[output]++] = {static_cast<uint32_t>(plane * source_.size + place), weight};
    }
  }
  return {};
}

int64_t SparseLayer::ScratchFloats() const { return has_phases_ ? PlanesFloats(source_, inputs_ * PhaseCount()) : 0; }

void SparseLayer::SortPhases(const float* in, ParallelFor& parallel_for, float* scratch) const {
  const Window& w = window_;
  const auto columns = static_cast<int64_t>(columns_.remainders.size());
  const auto phase = [&](int64_t number) {
    const float* const from = in + number / PhaseCount() * in_.size;
    float* const to = scratch + number * source_.size;
    const int64_t row = rows_.remainders[number % PhaseCount() / columns];
    const int64_t column = columns_.remainders[number % columns];
    std::fill_n(to, source_.size, 0.0f);
    // The first column that is a pixel, and the one behind the last.
    const int64_t before = std::max<int64_t>(0, w.padding_left - column);
    const int64_t first = (before + w.stride_width - 1) / w.stride_width;
    const int64_t reach = in_.width + w.padding_left - column;
    const int64_t end = reach <= 0 ? 0 : std::min(source_.width, (reach + w.stride_width - 1) / w.stride_width);
    for (int64_t q = 0; q < source_.height; ++q) {
      const int64_t i = q * w.stride_height + row - w.padding_top;
      if (i < 0 || i >= in_.height) continue;
      const float* const pixels = from + in_.At(i, column - w.padding_left);
      for (int64_t j = first; j < end; ++j) to[q * source_.pitch + j] = pixels[j * w.stride_width];
    }
  };
  parallel_for.Run(inputs_ * PhaseCount(), source_.size, [&](int64_t begin, int64_t end) {
    for (int64_t number = begin; number < end; ++number) phase(number);
  });
}

void SparseLayer::Run(const float* in, const float* residual, ParallelFor& parallel_for, Isa isa, float* scratch,
                      float* out) const {
  if (has_phases_) SortPhases(in, parallel_for, scratch);
  const int64_t place = out_.At(0, 0);
  const bool is_flat = !mask_.empty();
  const SparseConvolution convolution = {entries_.data(),
                                         starts_.data(),
                                         bias_.data(),
                                         (has_phases_ ? scratch : in) + first_,
                                         step_,
                                         row_,
                                         out + place,
                                         residual == nullptr ? nullptr : residual + place,
                                         out_.row(),
                                         out_.size,
                                         group_rows_,
                                         groups_,
                                         last_,
                                         is_flat ? mask_.data() : nullptr,
                                         static_cast<int>(activation_.kind),
                                         activation_.alpha};
  const int64_t row_chunk = Chunk(group_rows_, kPieces, kTileRows);
  const int64_t group_chunk = is_flat ? Chunk(groups_, kPieces, kTileGroups) : groups_;
  const int64_t row_pieces = Pieces(group_rows_, row_chunk), group_pieces = Pieces(groups_, group_chunk);
  const int64_t place_pieces = row_pieces * group_pieces;
  const int64_t output_chunk = Chunk(outputs_, std::max<int64_t>(1, kPieces / place_pieces), 1);
  const int64_t output_pieces = Pieces(outputs_, output_chunk);
  const int64_t weights = static_cast<int64_t>(entries_.size()) + 4 * outputs_;
  const int64_t items = place_pieces * output_pieces, cost = group_rows_ * groups_ * weights / items;
  const SparseConvKernels& kernels = VariantOf(kVariants, isa);
  parallel_for.Run(items, cost, [&](int64_t begin, int64_t end) {
    const ScopedIeeeFloats ieee;
    for (int64_t item = begin; item < end; ++item) {
      const int64_t piece = item / output_pieces;
      const int64_t row = piece / group_pieces * row_chunk, group = piece % group_pieces * group_chunk;
      const int64_t output = item % output_pieces * output_chunk;
      const SparsePart part = {row,    std::min(row + row_chunk, group_rows_),
                               group,  std::min(group + group_chunk, groups_),
                               output, std::min(output + output_chunk, outputs_)};
      kernels.convolve(convolution, part);
      if (!is_flat) {
        ZeroMargins(out_, part.first_row, part.end_row, part.first_output, part.end_output, out);
        continue;
      }
      for (int64_t o = part.first_output; o < part.end_output; ++o) {
        float* const plane = out + o * out_.size;
        if (part.first_group == 0) std::fill(plane, plane + place, 0.0f);
        if (part.end_group == groups_) std::fill(plane + place + groups_ * kVector, plane + out_.size, 0.0f);
      }
    }
  });
}

}  // namespace winnow::plan
