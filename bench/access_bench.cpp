// What a login costs: argon2id at the cost we chose and at the least that OWASP accepts, by one
// and by two threads. Usage: access_bench [HASHES]

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <thread>
#include <vector>

#include "access/password.hpp"

namespace {

using anlan::access::HashCost;
using anlan::access::PasswordHasher;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begun) {
  return std::chrono::duration<double>(Clock::now() - begun).count();
}

void measure(const char* name, const HashCost& cost, int hashes, int threads) {
  PasswordHasher hasher(cost);
  const auto hash = hasher.hash("correct horse battery");
  std::vector<std::vector<double>> took(static_cast<std::size_t>(threads));
  const auto cpu = std::clock();
  const auto begun = Clock::now();
  {
    std::vector<std::jthread> workers;
    for (auto& mine : took) {
      workers.emplace_back([&] {
        for (int i = 0; i < hashes; ++i) {
          const auto one = Clock::now();
          if (!hasher.verify(hash, "correct horse battery")) std::abort();
          mine.push_back(seconds_since(one) * 1000);
        }
      });
    }
  }
  const double wall = seconds_since(begun);
  const double cpu_ms =
      static_cast<double>(std::clock() - cpu) / CLOCKS_PER_SEC * 1000 / (hashes * threads);
  std::vector<double> all;
  for (const auto& mine : took) all.insert(all.end(), mine.begin(), mine.end());
  std::sort(all.begin(), all.end());
  fmt::print(
      "{:<34} {} thread(s)  {:6.2f} hashes/s   median {:6.1f} ms   slowest {:6.1f} ms   "
      "{:6.1f} ms of CPU each   {} MiB each\n",
      name, threads, hashes * threads / wall, all[all.size() / 2], all.back(), cpu_ms,
      cost.memory_kib / 1024);
}

}  // namespace

int main(int argc, char** argv) {
  const int hashes = argc > 1 ? std::atoi(argv[1]) : 20;
  for (const int threads : {1, 2}) {
    measure("argon2id m=64 MiB t=3 p=1 (ours)", HashCost{}, hashes, threads);
    measure("argon2id m=19 MiB t=2 p=1 (least)", HashCost{19 * 1024, 2, 1}, hashes, threads);
  }
}
