// What the tests of conv2d share.
#ifndef WINNOW_OPS_CONV2D_CONV2D_TESTING_H_
#define WINNOW_OPS_CONV2D_CONV2D_TESTING_H_

#include <string>
#include <vector>

#include "core/testing.h"
#include "ops/conv2d/conv2d_plan.h"

namespace winnow::testing {

inline constexpr Conv2dPass kConv2dPasses[] = {Conv2dPass::kForward, Conv2dPass::kInputGrad, Conv2dPass::kFilterGrad};

/// What a pass reads and writes.
struct Conv2dOperands {
  Conv2dOperands(const Conv2dSizes& sizes, Conv2dPass pass)
      : first(RandomFloats(pass == Conv2dPass::kInputGrad ? sizes.filter : sizes.x, 1)),
        second(RandomFloats(pass == Conv2dPass::kForward ? sizes.filter : sizes.y, 2)),
        out(pass == Conv2dPass::kForward     ? sizes.y
            : pass == Conv2dPass::kInputGrad ? sizes.x
                                             : sizes.filter) {}
  std::vector<float> first, second;
  int64_t out;
};

inline ConstFloats Read(const std::vector<float>& values) {
  return {values.data(), static_cast<int64_t>(values.size())};
}

/// Runs a plan with a workspace for `workers`, full of NaN, and checks that nothing is written beyond the arrays.
inline std::vector<float> RunPlan(const Conv2dPlan& plan, ConstFloats first, ConstFloats second, int64_t count,
                                  ParallelFor& parallel_for, int workers) {
  constexpr float kMargin = -77;
  constexpr int kBehind = 32;
  const int64_t size = plan.WorkspaceSize(workers);
  std::vector<float> workspace(size + kBehind, std::numeric_limits<float>::quiet_NaN());
  std::vector<float> out(count + kBehind, std::numeric_limits<float>::quiet_NaN());
  for (int i = 0; i < kBehind; ++i) workspace[size + i] = out[count + i] = kMargin;
  const Status status = plan.Run(first, second, parallel_for, {workspace.data(), size}, {out.data(), count});
  EXPECT_TRUE(status.ok()) << status.message();
  for (int i = 0; i < kBehind; ++i) {
    EXPECT_EQ(workspace[size + i], kMargin);
    EXPECT_EQ(out[count + i], kMargin);
  }
  out.resize(count);
  return out;
}

inline std::string Describe(const Conv2dDescriptor& d, Conv2dPass pass) {
  const auto pair = [](int64_t a, int64_t b) { return std::to_string(a) + "x" + std::to_string(b); };
  return std::to_string(d.batch) + " images of " + pair(d.in_height, d.in_width) + "x" + std::to_string(d.in_channels) +
         " to " + std::to_string(d.out_channels) + ", kernel " + pair(d.kernel_height, d.kernel_width) + ", strides " +
         pair(d.stride_height, d.stride_width) + ", padding " + pair(d.padding_top, d.padding_bottom) + " " +
         pair(d.padding_left, d.padding_right) + ", dilation " + pair(d.dilation_height, d.dilation_width) +
         ", groups " + std::to_string(d.groups) + ", pass " + std::to_string(static_cast<int>(pass));
}

/// Short form: kernel, strides, dilations and paddings the same on both axes.
inline Conv2dDescriptor Square(int64_t batch, int64_t height, int64_t width, int64_t inputs, int64_t outputs,
                               int64_t kernel, int64_t stride = 1, int64_t padding = 0, int64_t dilation = 1,
                               int64_t groups = 1) {
  Conv2dDescriptor d;
  d.batch = batch;
  d.in_height = height;
  d.in_width = width;
  d.in_channels = inputs;
  d.out_channels = outputs;
  d.kernel_height = d.kernel_width = kernel;
  d.stride_height = d.stride_width = stride;
  d.padding_top = d.padding_bottom = d.padding_left = d.padding_right = padding;
  d.dilation_height = d.dilation_width = dilation;
  d.groups = groups;
  return d;
}

/// Winograd's: around whole tiles, one pixel, no image, several blocks of channels and a last block that is narrower.
/// Others: kernels from 1×1 to 7×7 and larger than the image, strides (also larger than the kernel), dilation, groups,
/// depthwise with tails, padding that differs on every side, channels around whole vectors, more than a block of
/// patches and more rows than a sum takes at once.
inline std::vector<Conv2dDescriptor> Conv2dCases() {
  std::vector<Conv2dDescriptor> cases = {Square(1, 4, 4, 16, 16, 3, 1, 1),
                                         Square(2, 8, 8, 16, 32, 3, 1, 1),
                                         Square(3, 5, 7, 32, 16, 3, 1, 1),
                                         Square(1, 1, 1, 16, 16, 3, 1, 1),
                                         Square(2, 3, 2, 48, 80, 3, 1, 1),
                                         Square(1, 13, 9, 16, 48, 3, 1, 1),
                                         Square(5, 8, 8, 64, 64, 3, 1, 1),
                                         Square(0, 8, 8, 16, 16, 3, 1, 1),
                                         Square(2, 4, 4, 16, 144, 3, 1, 1),
                                         Square(1, 0, 5, 16, 16, 3, 1, 1),
                                         Square(40, 4, 4, 32, 32, 3, 1, 1),
                                         Square(2, 7, 5, 3, 5, 3, 1, 1),
                                         Square(3, 6, 6, 16, 32, 1),
                                         Square(2, 5, 4, 7, 9, 1),
                                         Square(2, 7, 8, 16, 32, 1, 2),
                                         Square(1, 9, 9, 3, 20, 7, 2, 3),
                                         Square(2, 11, 10, 5, 17, 5, 2, 2),
                                         Square(2, 3, 3, 4, 6, 7, 1, 3),
                                         Square(1, 12, 9, 6, 16, 3, 3, 0, 2),
                                         Square(1, 10, 11, 4, 8, 3, 2, 4, 4),
                                         Square(1, 13, 12, 3, 2, 4, 6, 3, 3),
                                         Square(2, 6, 5, 12, 18, 3, 1, 1, 1, 3),
                                         Square(1, 5, 5, 8, 32, 3, 2, 1, 1, 2),
                                         Square(2, 7, 6, 5, 5, 3, 1, 1, 1, 5),
                                         Square(2, 9, 8, 37, 37, 5, 2, 2, 1, 37),
                                         Square(1, 8, 8, 32, 32, 3, 1, 2, 2, 32),
                                         Square(1, 6, 6, 4, 12, 3, 1, 1, 1, 4),
                                         Square(0, 5, 5, 3, 4, 3, 2, 1),
                                         Square(2, 0, 0, 3, 4, 2),
                                         Square(1, 0, 3, 2, 3, 3, 1, 4),
                                         Square(1, 3, 3, 2, 3, 1, 5),
                                         Square(1, 6, 7, 50, 70, 3),
                                         Square(30, 17, 16, 2, 3, 3, 1, 1),
                                         Square(3, 20, 20, 6, 6, 3, 1, 1, 1, 6)};
  Conv2dDescriptor uneven = Square(2, 7, 9, 5, 6, 3);
  uneven.kernel_width = 2;
  uneven.stride_height = 2;
  uneven.padding_top = 2;
  uneven.padding_right = 3;
  uneven.dilation_width = 2;
  cases.push_back(uneven);
  uneven.groups = uneven.in_channels = uneven.out_channels = 18;
  cases.push_back(uneven);
  Conv2dDescriptor same = Square(2, 8, 8, 16, 32, 3, 2);
  same.padding_bottom = same.padding_right = 1;
  cases.push_back(same);
  return cases;
}

}  // namespace winnow::testing

#endif  // WINNOW_OPS_CONV2D_CONV2D_TESTING_H_
