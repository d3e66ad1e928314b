#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "addon/arguments.h"
#include "plan/plan.h"

namespace winnow::addon {
namespace {

using plan::Execution;
using plan::InferencePlan;
using plan::Shape;

/// Tells objects that hold a network's plan from all others.
constexpr napi_type_tag kNetworkTag = {0x5b0e4d2f9a7c4c11ULL, 0x8f1d63a2b7e05944ULL};

/// A plan and the threads that run it. Whoever runs it holds it, so it may be given up in the meantime.
struct Network {
  InferencePlan plan;
  /// Null: the calling thread alone.
  std::shared_ptr<ThreadPool> pool;

  Status Run(int64_t batch, const std::vector<const float*>& inputs, const std::vector<float*>& outputs) const {
    SerialFor serial;
    return plan.Run(batch, inputs, outputs, pool ? static_cast<ParallelFor&>(*pool) : serial);
  }
};

/// What a JavaScript object owns.
struct Holder {
  std::shared_ptr<const Network> network;
  int64_t bytes = 0;

  void Release(napi_env env) {
    int64_t total;
    napi_adjust_external_memory(env, -bytes, &total);
    bytes = 0;
    network.reset();
  }
};

void DeleteHolder(napi_env env, void* data, void* /*hint*/) {
  Holder* const holder = static_cast<Holder*>(data);
  holder->Release(env);
  delete holder;
}

void ThrowIfFailed(Napi::Env env, napi_status status) {
  if (status != napi_ok) throw Napi::Error::New(env);
}

/// networkPlan(program, weights, threads, execution): object
Napi::Value MakeNetwork(Arguments& read) {
  const Napi::Env env = read.Env();
  int64_t program_count, weight_count;
  const double* const program = read.OwnDoubles("program", &program_count);
  const float* const weights = read.OwnFloats("weights", &weight_count);
  const int64_t threads = read.Integer("threads", 0, 1024);
  const auto execution = static_cast<Execution>(read.Integer("execution", 0, 2));
  auto network = std::make_shared<Network>();
  if (threads == 0) network->pool = read.SharedPool();
  if (threads > 1) network->pool = std::make_shared<ThreadPool>(static_cast<int>(threads));
  plan::Network parsed;
  read.ThrowIfError(plan::ParseNetwork(program, program_count, weights, weight_count, &parsed));
  const int64_t workers = network->pool ? network->pool->threads() : 1;
  read.ThrowIfError(network->plan.Create(std::move(parsed), {workers, execution}));
  auto holder = std::make_unique<Holder>();
  holder->network = std::move(network);
  const Napi::Object object = Napi::Object::New(env);
  ThrowIfFailed(env, napi_type_tag_object(env, object, &kNetworkTag));
  ThrowIfFailed(env, napi_wrap(env, object, holder.get(), DeleteHolder, nullptr, nullptr));
  // Packed for blocks of sixteen images and of one. So that the garbage collector knows what the object keeps alive.
  holder->bytes = weight_count * 8;
  int64_t total;
  napi_adjust_external_memory(env, holder.release()->bytes, &total);
  return object;
}

Holder& HolderOf(Arguments& read, const std::string& op) {
  const Napi::Object object = read.Object("plan");
  bool is_network = false;
  void* holder = nullptr;
  if (napi_check_object_type_tag(read.Env(), object, &kNetworkTag, &is_network) != napi_ok || !is_network ||
      napi_unwrap(read.Env(), object, &holder) != napi_ok) {
    throw Napi::TypeError::New(read.Env(), op + ": plan must come from networkPlan");
  }
  return *static_cast<Holder*>(holder);
}

std::shared_ptr<const Network> NetworkOf(Arguments& read, const std::string& op) {
  const Holder& holder = HolderOf(read, op);
  if (holder.network) return holder.network;
  throw Napi::Error::New(read.Env(), op + ": the plan was disposed of");
}

/// networkInfo(plan): number[]: layers with weights; those that leave zeros out, of sixteen images and of one; then the
/// number of inputs, height, width and channels of each, and the same of outputs.
Napi::Value NetworkInfo(Arguments& read) {
  const std::shared_ptr<const Network> network = NetworkOf(read, "networkInfo");
  const InferencePlan& plan = network->plan;
  std::vector<int64_t> numbers = {plan.layers(), plan.sparse_layers(true), plan.sparse_layers(false)};
  for (const std::vector<Shape>* shapes : {&plan.inputs(), &plan.outputs()}) {
    numbers.push_back(static_cast<int64_t>(shapes->size()));
    for (const Shape& shape : *shapes) numbers.insert(numbers.end(), {shape.height, shape.width, shape.channels});
  }
  const Napi::Array array = Napi::Array::New(read.Env(), numbers.size());
  for (size_t i = 0; i < numbers.size(); ++i) {
    array.Set(static_cast<uint32_t>(i), Napi::Number::New(read.Env(), static_cast<double>(numbers[i])));
  }
  return array;
}

constexpr int64_t kMostBatch = int64_t{1} << 31;

/// The arrays that follow: inputs, then outputs, [batch, …] each.
struct Call {
  std::shared_ptr<const Network> network;
  int64_t batch;
  std::vector<const float*> inputs;
  std::vector<float*> outputs;
};

Call ReadCall(Arguments& read) {
  Call call;
  call.network = NetworkOf(read, "networkRun");
  call.batch = read.Integer("batch", 0, kMostBatch);
  const auto name = [](const char* list, size_t at) { return std::string(list) + "[" + std::to_string(at) + "]"; };
  for (const Shape& shape : call.network->plan.inputs()) {
    call.inputs.push_back(read.Floats(name("inputs", call.inputs.size()).c_str(), {call.batch, shape.floats()}));
  }
  for (const Shape& shape : call.network->plan.outputs()) {
    call.outputs.push_back(read.Floats(name("outputs", call.outputs.size()).c_str(), {call.batch, shape.floats()}));
  }
  return call;
}

/// networkRun(plan, batch, ...inputs, ...outputs): void
Napi::Value RunNetwork(Arguments& read) {
  const Call call = ReadCall(read);
  return read.Done(call.network->Run(call.batch, call.inputs, call.outputs));
}

/// A run on a thread of libuv's. It works on copies: JavaScript may do what it wants with its arrays in the meantime.
class RunWorker final : public Napi::AsyncWorker {
 public:
  RunWorker(Napi::Env env, const Call& call, std::vector<Napi::ObjectReference> outputs)
      : AsyncWorker(env), deferred_(env), network_(call.network), batch_(call.batch), arrays_(std::move(outputs)) {
    for (size_t i = 0; i < call.inputs.size(); ++i) {
      const int64_t floats = batch_ * network_->plan.inputs()[i].floats();
      inputs_.emplace_back(call.inputs[i], call.inputs[i] + floats);
    }
    for (const Shape& shape : network_->plan.outputs()) outputs_.emplace_back(batch_ * shape.floats());
  }

  Napi::Promise Promise() const { return deferred_.Promise(); }

 protected:
  void Execute() override {
    try {
      std::vector<const float*> from;
      std::vector<float*> to;
      for (const auto& input : inputs_) from.push_back(input.data());
      for (auto& output : outputs_) to.push_back(output.data());
      const Status status = network_->Run(batch_, from, to);
      if (!status.ok()) SetError("networkRun: " + status.message());
    } catch (const std::exception& error) {
      SetError(std::string("networkRun: ") + error.what());
    }
  }

  void OnOK() override {
    for (size_t i = 0; i < arrays_.size(); ++i) {
      napi_typedarray_type type;
      size_t length = 0;
      void* data = nullptr;
      const napi_status status =
          napi_get_typedarray_info(Env(), arrays_[i].Value(), &type, &length, &data, nullptr, nullptr);
      if (status != napi_ok || type != napi_float32_array || length != outputs_[i].size()) {
        deferred_.Reject(Napi::Error::New(Env(), "networkRun: outputs[" + std::to_string(i) +
                                                     "] was detached or resized while the network ran")
                             .Value());
        return;
      }
      if (length > 0) std::memcpy(data, outputs_[i].data(), length * sizeof(float));
    }
    deferred_.Resolve(Env().Undefined());
  }

  void OnError(const Napi::Error& error) override { deferred_.Reject(error.Value()); }

 private:
  Napi::Promise::Deferred deferred_;
  std::shared_ptr<const Network> network_;
  int64_t batch_;
  std::vector<std::vector<float>> inputs_, outputs_;
  std::vector<Napi::ObjectReference> arrays_;
};

/// networkRunAsync(plan, batch, ...inputs, ...outputs): Promise<void>. The outputs are written when it is done.
Napi::Value RunNetworkAsync(Arguments& read) {
  const Call call = ReadCall(read);
  std::vector<Napi::ObjectReference> outputs;
  for (size_t i = 0; i < call.outputs.size(); ++i) {
    outputs.push_back(Napi::Persistent(read.Given(2 + call.inputs.size() + i).As<Napi::Object>()));
  }
  auto worker = std::make_unique<RunWorker>(read.Env(), call, std::move(outputs));
  const Napi::Promise promise = worker->Promise();
  // It deletes itself.
  worker.release()->Queue();
  return promise;
}

/// networkDispose(plan): void. Runs that are under way end; later ones are refused.
Napi::Value DisposeNetwork(Arguments& read) {
  HolderOf(read, "networkDispose").Release(read.Env());
  return read.Env().Undefined();
}

const Register kMake({"networkPlan", "networkPlan", MakeNetwork});
const Register kInfo({"networkInfo", "networkInfo", NetworkInfo});
const Register kRun({"networkRun", "networkRun", RunNetwork});
const Register kRunAsync({"networkRunAsync", "networkRun", RunNetworkAsync});
const Register kDispose({"networkDispose", "networkDispose", DisposeNetwork});

}  // namespace
}  // namespace winnow::addon
