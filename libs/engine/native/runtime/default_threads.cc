#include <algorithm>
#include <cmath>
#include <fstream>
#include <set>
#include <string>
#include <thread>

#include "runtime/thread_pool.h"

#if defined(__linux__)
#include <sched.h>
#endif

namespace weft {
namespace {

#if defined(__linux__)

// Physical cores among the CPUs this process may run on: two threads of one core share its multipliers, so products
// gain nothing from the second. On a machine (or share of one) with a single core its threads are all there is.
int usableCpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) return static_cast<int>(std::thread::hardware_concurrency());
  std::set<std::string> cores;
  int cpus = 0;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (!CPU_ISSET(cpu, &set)) continue;
    ++cpus;
    std::ifstream file("/sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/topology/thread_siblings_list");
    std::string siblings;
    if (!std::getline(file, siblings)) siblings = "cpu " + std::to_string(cpu);
    cores.insert(siblings);
  }
  return cores.size() > 1 ? static_cast<int>(cores.size()) : cpus;
}

double quotaOfFile(const std::string& path) {
  std::ifstream file(path);
  std::string quota;
  double period = 0;
  if (!(file >> quota >> period) || quota == "max" || period <= 0) return INFINITY;
  return std::strtod(quota.c_str(), nullptr) / period;
}

double quotaOfVersion1(const std::string& folder) {
  std::ifstream quotaFile(folder + "/cpu.cfs_quota_us"), periodFile(folder + "/cpu.cfs_period_us");
  double quota = -1, period = 0;
  if (!(quotaFile >> quota) || !(periodFile >> period) || quota <= 0 || period <= 0) return INFINITY;
  return quota / period;
}

// The smallest quota on the way from `group` up to the root of the hierarchy. In a container the group's path may be
// that of the host and not be found; the mount's root then is the container's own group.
template <typename Quota>
double smallestQuota(const std::string& mount, std::string group, Quota quota) {
  double smallest = quota(mount);
  while (group.size() > 1) {
    smallest = std::min(smallest, quota(mount + group));
    group.resize(group.find_last_of('/') == std::string::npos ? 0 : group.find_last_of('/'));
  }
  return smallest;
}

double cgroupQuota() {
  double smallest = INFINITY;
  std::ifstream groups("/proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {
    const size_t first = line.find(':'), second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    std::string controllers(1, ',');
    controllers.append(line, first + 1, second - first - 1).push_back(',');
    const std::string group = line.substr(second + 1);
    if (controllers == ",,") {
      smallest = std::min(smallest, smallestQuota("/sys/fs/cgroup", group, [](const std::string& folder) {
                            return quotaOfFile(folder + "/cpu.max");
                          }));
    } else if (controllers.find(",cpu,") != std::string::npos) {
      for (const char* mount : {"/sys/fs/cgroup/cpu", "/sys/fs/cgroup/cpu,cpuacct"}) {
        smallest = std::min(smallest, smallestQuota(mount, group, quotaOfVersion1));
      }
    }
  }
  return smallest;
}

#else

int usableCpus() { return static_cast<int>(std::thread::hardware_concurrency()); }
double cgroupQuota() { return INFINITY; }

#endif

}  // namespace

int defaultThreads() {
  const double cpus = std::max(1, usableCpus());
  // A thread beyond the quota would be stopped in the middle of each period while the others wait for it, so a quota is
  // rounded down unless it is nearly whole.
  const double quota = std::floor(cgroupQuota() + 0.25);
  return static_cast<int>(std::max(1.0, std::min(cpus, quota)));
}

}  // namespace weft
