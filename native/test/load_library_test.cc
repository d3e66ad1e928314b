// load_library_test LIBRARY…: loads each in turn, with every symbol resolved at once. Fails if one does not load: so a
// library of TensorFlow ops is checked against the TensorFlow it was built for, without Node.
#include <dlfcn.h>

#include <cstdio>

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    if (dlopen(argv[i], RTLD_NOW | RTLD_GLOBAL) == nullptr) {
      std::fprintf(stderr, "%s\n", dlerror());
      return 1;
    }
  }
  return 0;
}
