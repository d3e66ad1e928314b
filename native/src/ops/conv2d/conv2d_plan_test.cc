#include "ops/conv2d/conv2d_plan.h"

#include <cstdlib>
#include <new>

#include "ops/conv2d/conv2d_testing.h"

namespace {
/// Calls of operator new in this thread while it is counted.
thread_local int64_t* counted_allocations = nullptr;

void* Allocate(std::size_t size) {
  if (counted_allocations != nullptr) ++*counted_allocations;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
}  // namespace

void* operator new(std::size_t size) { return Allocate(size); }
void* operator new[](std::size_t size) { return Allocate(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

namespace winnow {
namespace {

using testing::Conv2dOperands;
using testing::kConv2dPasses;
using testing::Read;
using testing::Square;

std::string ErrorOf(const Conv2dDescriptor& descriptor) {
  Conv2dSizes sizes;
  return CheckConv2d(descriptor, &sizes).message();
}

TEST(Conv2dSizesTest, FollowFromTheDescriptor) {
  Conv2dSizes sizes;
  Conv2dDescriptor d = Square(2, 9, 8, 6, 10, 3, 2, 1, 2, 2);
  d.padding_right = 4;
  ASSERT_TRUE(CheckConv2d(d, &sizes).ok());
  EXPECT_EQ(sizes.out_height, 4);
  EXPECT_EQ(sizes.out_width, 5);
  EXPECT_EQ(sizes.x, 2 * 9 * 8 * 6);
  EXPECT_EQ(sizes.filter, 3 * 3 * 3 * 10);
  EXPECT_EQ(sizes.y, 2 * 4 * 5 * 10);
  // No pixel, no output; with wide padding there are outputs, sums of nothing.
  ASSERT_TRUE(CheckConv2d(Square(1, 0, 5, 1, 1, 3, 1, 1), &sizes).ok());
  EXPECT_EQ(sizes.out_height, 0);
  ASSERT_TRUE(CheckConv2d(Square(1, 0, 5, 1, 1, 3, 1, 2), &sizes).ok());
  EXPECT_EQ(sizes.out_height, 2);
}

TEST(Conv2dSizesTest, RefusesEveryBadNumberByName) {
  struct Bad {
    int64_t Conv2dDescriptor::*member;
    int64_t value;
    const char* message;
  };
  const Bad kBad[] = {
      {&Conv2dDescriptor::batch, -1, "batch must be in [0, 2147483647], got -1"},
      {&Conv2dDescriptor::in_height, -1, "inHeight must be in [0, 2147483647], got -1"},
      {&Conv2dDescriptor::in_width, int64_t{1} << 31, "inWidth must be in [0, 2147483647], got 2147483648"},
      {&Conv2dDescriptor::in_channels, 0, "inChannels must be in [1, 2147483647], got 0"},
      {&Conv2dDescriptor::out_channels, 0, "outChannels must be in [1, 2147483647], got 0"},
      {&Conv2dDescriptor::kernel_height, 0, "kernelHeight must be in [1, 2147483647], got 0"},
      {&Conv2dDescriptor::kernel_width, -3, "kernelWidth must be in [1, 2147483647], got -3"},
      {&Conv2dDescriptor::stride_height, 0, "strideHeight must be in [1, 2147483647], got 0"},
      {&Conv2dDescriptor::stride_width, 0, "strideWidth must be in [1, 2147483647], got 0"},
      {&Conv2dDescriptor::padding_top, -1, "paddingTop must be in [0, 2147483647], got -1"},
      {&Conv2dDescriptor::padding_bottom, -1, "paddingBottom must be in [0, 2147483647], got -1"},
      {&Conv2dDescriptor::padding_left, -1, "paddingLeft must be in [0, 2147483647], got -1"},
      {&Conv2dDescriptor::padding_right, -1, "paddingRight must be in [0, 2147483647], got -1"},
      {&Conv2dDescriptor::dilation_height, 0, "dilationHeight must be in [1, 2147483647], got 0"},
      {&Conv2dDescriptor::dilation_width, 0, "dilationWidth must be in [1, 2147483647], got 0"},
      {&Conv2dDescriptor::groups, 0, "groups must be in [1, 2147483647], got 0"},
      {&Conv2dDescriptor::groups, 3, "groups must divide inChannels, 4, got 3"},
      {&Conv2dDescriptor::groups, 4, "groups must divide outChannels, 6, got 4"},
      {&Conv2dDescriptor::kernel_height, 8,
       "kernelHeight must be such that the dilated kernel fits the padded image's 5, got 8, which with dilation 1 "
       "spans "
       "8"},
      {&Conv2dDescriptor::dilation_width, 4,
       "kernelWidth must be such that the dilated kernel fits the padded image's 5, got 3, which with dilation 4 spans "
       "9"},
  };
  for (const Bad& bad : kBad) {
    Conv2dDescriptor d = Square(2, 5, 5, 4, 6, 3);
    d.*bad.member = bad.value;
    EXPECT_EQ(ErrorOf(d), bad.message);
    Conv2dPlan plan;
    EXPECT_EQ(Conv2dPlan::Create(d, Conv2dPass::kForward, &plan).message(), bad.message);
    EXPECT_EQ(Conv2dReference(d, Conv2dPass::kForward, nullptr, nullptr, nullptr).message(), bad.message);
  }
  Conv2dDescriptor d = Square(2, 5, 5, 4, 6, 3);
  d.layout = static_cast<Conv2dLayout>(7);
  EXPECT_EQ(ErrorOf(d), "layout must be 0, NHWC, got 7");
}

TEST(Conv2dSizesTest, RefusesArraysThatOverflow) {
  const int64_t most = 2147483647;
  EXPECT_EQ(ErrorOf(Square(most, most, most, most, 1, 1)),
            "x must have at most 2^46 elements, got 2147483647 × 2147483647 × 2147483647 × 2147483647");
  // Also where one size is 0, for the sizes between.
  EXPECT_EQ(ErrorOf(Square(0, most, most, most, 1, 1)),
            "x must have at most 2^46 elements, got 0 × 2147483647 × 2147483647 × 2147483647");
  EXPECT_EQ(ErrorOf(Square(1, 1, 1, most, most, 1)),
            "filter must have at most 2^46 elements, got 1 × 1 × 2147483647 × 2147483647");
  EXPECT_EQ(ErrorOf(Square(1, 1, 1, 1, most, 1, 1, 60000)),
            "y must have at most 2^46 elements, got 1 × 120001 × 120001 × 2147483647");
  EXPECT_EQ(ErrorOf(Square(1, 0, 0, 1, 1, most, 1, 0, most)),
            "filter must have at most 2^46 elements, got 2147483647 × 2147483647 × 1 × 1");
}

TEST(Conv2dSizesTest, TheInputsSizeFollowsFromTheOutputs) {
  for (const Conv2dDescriptor& d : testing::Conv2dCases()) {
    Conv2dSizes sizes;
    ASSERT_TRUE(CheckConv2d(d, &sizes).ok());
    const auto rest = [](int64_t in, int64_t out, int64_t stride, int64_t span, int64_t padding) {
      return in - ((out - 1) * stride + span - padding);
    };
    const int64_t height = rest(d.in_height, sizes.out_height, d.stride_height,
                                (d.kernel_height - 1) * d.dilation_height + 1, d.padding_top + d.padding_bottom);
    const int64_t width = rest(d.in_width, sizes.out_width, d.stride_width, (d.kernel_width - 1) * d.dilation_width + 1,
                               d.padding_left + d.padding_right);
    Conv2dDescriptor found = d;
    found.in_height = found.in_width = -1;
    ASSERT_TRUE(SetInputSize(sizes.out_height, sizes.out_width, height, width, &found).ok());
    EXPECT_EQ(found.in_height, d.in_height);
    EXPECT_EQ(found.in_width, d.in_width);
  }
  Conv2dDescriptor d = Square(1, 0, 0, 1, 1, 3);
  EXPECT_EQ(SetInputSize(0, 1, -3, 0, &d).message(), "inHeight must be in [0, 2147483647], got -1");
  EXPECT_EQ(SetInputSize(1, 1, 0, INT64_MAX, &d).message(), "inWidth must be in [0, 2147483647], got more than 2^62");
  d.stride_width = 0;
  EXPECT_EQ(SetInputSize(1, 1, 0, 0, &d).message(), "strideWidth must be in [1, 2147483647], got 0");
}

TEST(Conv2dPlanTest, ChoosesTheAlgorithm) {
  const auto chosen = [](const Conv2dDescriptor& d) {
    Conv2dPlan plan;
    EXPECT_TRUE(Conv2dPlan::Create(d, Conv2dPass::kForward, &plan).ok());
    return plan.algorithm();
  };
  EXPECT_EQ(chosen(Square(1, 8, 8, 16, 32, 3, 1, 1)), Conv2dAlgorithm::kWinograd);
  EXPECT_EQ(chosen(Square(1, 8, 8, 16, 32, 3, 1, 0)), Conv2dAlgorithm::kPatches);
  EXPECT_EQ(chosen(Square(1, 8, 8, 16, 24, 3, 1, 1)), Conv2dAlgorithm::kPatches);
  EXPECT_EQ(chosen(Square(1, 8, 8, 16, 32, 3, 2, 1)), Conv2dAlgorithm::kPatches);
  EXPECT_EQ(chosen(Square(1, 8, 8, 16, 16, 3, 1, 1, 1, 16)), Conv2dAlgorithm::kDepthwise);
  Conv2dPlan plan;
  EXPECT_EQ(
      Conv2dPlan::Create(Square(1, 8, 8, 16, 32, 5), Conv2dPass::kForward, &plan, Conv2dAlgorithm::kWinograd).message(),
      "algorithm must be able to do this convolution, got Winograd's");
}

TEST(Conv2dPlanTest, OwnsPreparedWeights) {
  SerialFor serial;
  for (const Conv2dDescriptor& descriptor : testing::Conv2dCases()) {
    for (Conv2dPass pass : {Conv2dPass::kForward, Conv2dPass::kInputGrad}) {
      SCOPED_TRACE(testing::Describe(descriptor, pass));
      Conv2dPlan plan;
      ASSERT_TRUE(Conv2dPlan::Create(descriptor, pass, &plan).ok());
      const Conv2dOperands given(plan.sizes(), pass);
      const bool is_forward = pass == Conv2dPass::kForward;
      const auto expected = testing::RunPlan(plan, Read(given.first), Read(given.second), given.out, serial, 1);
      std::vector<float> filter = is_forward ? given.second : given.first;
      ASSERT_TRUE(plan.PrepareWeights(Read(filter)).ok());
      std::fill(filter.begin(), filter.end(), 0.0f);
      Conv2dPlan moved = std::move(plan);
      const ConstFloats none = {nullptr, 0};
      const auto actual = testing::RunPlan(moved, is_forward ? Read(given.first) : none,
                                           is_forward ? none : Read(given.second), given.out, serial, 1);
      EXPECT_EQ(testing::BitsOf(actual), testing::BitsOf(expected));
    }
  }
}

TEST(Conv2dPlanTest, RunsWithoutAllocating) {
  SerialFor serial;
  for (const Conv2dDescriptor& descriptor : testing::Conv2dCases()) {
    for (Conv2dPass pass : kConv2dPasses) {
      Conv2dPlan plan;
      ASSERT_TRUE(Conv2dPlan::Create(descriptor, pass, &plan).ok());
      const Conv2dOperands given(plan.sizes(), pass);
      std::vector<float> workspace(plan.WorkspaceSize(2)), out(given.out);
      int64_t allocations = 0;
      counted_allocations = &allocations;
      const bool is_ok = plan.Run(Read(given.first), Read(given.second), serial,
                                  {workspace.data(), static_cast<int64_t>(workspace.size())},
                                  {out.data(), static_cast<int64_t>(out.size())})
                             .ok();
      counted_allocations = nullptr;
      EXPECT_TRUE(is_ok);
      EXPECT_EQ(allocations, 0) << testing::Describe(descriptor, pass);
    }
  }
  int64_t allocations = 0;
  counted_allocations = &allocations;
  delete new int;
  counted_allocations = nullptr;
  EXPECT_GT(allocations, 0) << "the counter does not count";
}

TEST(Conv2dPlanTest, RefusesArraysOfOtherSizes) {
  SerialFor serial;
  Conv2dPlan plan;
  ASSERT_TRUE(Conv2dPlan::Create(Square(1, 4, 4, 2, 3, 3), Conv2dPass::kForward, &plan).ok());
  std::vector<float> x(32), filter(54), y(12), workspace(plan.WorkspaceSize(1));
  const auto run = [&](ConstFloats first, ConstFloats second, int64_t size, int64_t out) {
    return plan.Run(first, second, serial, {workspace.data(), size}, {y.data(), out}).message();
  };
  const int64_t size = plan.WorkspaceSize(1);
  EXPECT_EQ(run(Read(x), Read(filter), size, 12), "");
  EXPECT_EQ(run({x.data(), 31}, Read(filter), size, 12), "x must have 32 elements, got 31");
  EXPECT_EQ(run({nullptr, 32}, Read(filter), size, 12), "x must not be null, for 32 elements");
  EXPECT_EQ(run(Read(x), {filter.data(), 55}, size, 12), "filter must have 54 elements, got 55");
  EXPECT_EQ(run(Read(x), Read(filter), size, 13), "y must have 12 elements, got 13");
  const std::string least = std::to_string(size), less = std::to_string(size - 1);
  EXPECT_EQ(run(Read(x), Read(filter), size - 1, 12),
            "workspace must have at least " + least + " elements, got " + less);
  EXPECT_EQ(plan.PrepareWeights(Read(x)).message(), "filter must have 54 elements, got 32");
  ASSERT_TRUE(plan.PrepareWeights(Read(filter)).ok());
  EXPECT_EQ(run(Read(x), Read(filter), size, 12), "filter must have 0 elements, got 54");
  ASSERT_TRUE(Conv2dPlan::Create(Square(1, 4, 4, 2, 3, 3), Conv2dPass::kFilterGrad, &plan).ok());
  EXPECT_EQ(plan.PrepareWeights(Read(filter)).message(), "pass must read a filter, got the filter's gradient");
}

}  // namespace
}  // namespace winnow
