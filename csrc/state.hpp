// What a kernel holds as bytes, and back, for checkpoints of a run.
//
// A class lists its members once, in `fields`, which both ways go through. Values are written as they lie in memory: who
// reads them must be the same build on the same kind of machine.
#pragma once
#include <cstdint>
#include <cstring>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

namespace cladogen {

template <class T, class Visitor, class = void>
struct HasFields : std::false_type {};
template <class T, class Visitor>
struct HasFields<T, Visitor, std::void_t<decltype(std::declval<T &>().fields(std::declval<Visitor &>()))>>
    : std::true_type {};

class StateWriter {
 public:
  std::string bytes;

  template <class... Values>
  void operator()(Values &...values) {
    (write(values), ...);
  }

 private:
  template <class T>
  void write(T &value) {
    if constexpr (HasFields<T, StateWriter>::value) {
      value.fields(*this);
    } else {
      static_assert(std::is_trivially_copyable_v<T>, "list its members in fields");
      put(&value, 1);
    }
  }
  template <class T>
  void write(std::vector<T> &values) {
    count(values.size());
    if constexpr (std::is_trivially_copyable_v<T> && !HasFields<T, StateWriter>::value) {
      put(values.data(), values.size());
    } else {
      for (T &each : values) write(each);
    }
  }
  template <class Key, class Value>
  void write(std::map<Key, Value> &values) {
    pairs(values);
  }
  template <class Key, class Value>
  void write(std::unordered_map<Key, Value> &values) {
    pairs(values);
  }
  template <class T>
  void write(std::set<T> &values) {
    count(values.size());
    for (const T &each : values) put(&each, 1);
  }
  template <class Pairs>
  void pairs(Pairs &values) {
    count(values.size());
    for (auto &[key, value] : values) {
      put(&key, 1);
      write(value);
    }
  }
  void count(std::uint64_t size) { put(&size, 1); }
  template <class T>
  void put(const T *values, std::size_t size) {
    static_assert(std::is_trivially_copyable_v<T>);
    if (size) bytes.append(reinterpret_cast<const char *>(values), size * sizeof(T));
  }
};

class StateReader {
 public:
  explicit StateReader(std::string_view bytes) : left_(bytes) {}
  bool done() const { return left_.empty(); }

  template <class... Values>
  void operator()(Values &...values) {
    (read(values), ...);
  }

 private:
  template <class T>
  void read(T &value) {
    if constexpr (HasFields<T, StateReader>::value) {
      value.fields(*this);
    } else {
      take(&value, 1);
    }
  }
  template <class T>
  void read(std::vector<T> &values) {
    values.clear();
    values.resize(count());
    if constexpr (std::is_trivially_copyable_v<T> && !HasFields<T, StateReader>::value) {
      take(values.data(), values.size());
    } else {
      for (T &each : values) read(each);
    }
  }
  template <class Key, class Value>
  void read(std::map<Key, Value> &values) {
    pairs<Key, Value>(values);
  }
  template <class Key, class Value>
  void read(std::unordered_map<Key, Value> &values) {
    pairs<Key, Value>(values);
  }
  template <class T>
  void read(std::set<T> &values) {
    values.clear();
    for (std::size_t left = count(); left > 0; --left) {
      T value;
      take(&value, 1);
      values.insert(value);
    }
  }
  template <class Key, class Value, class Pairs>
  void pairs(Pairs &values) {
    values.clear();
    for (std::size_t left = count(); left > 0; --left) {
      Key key;
      take(&key, 1);
      read(values[key]);
    }
  }
  std::size_t count() {
    std::uint64_t size = 0;
    take(&size, 1);
    if (size > left_.size()) throw std::invalid_argument("a state that ends early");  // each takes a byte at least
    return static_cast<std::size_t>(size);
  }
  template <class T>
  void take(T *values, std::size_t size) {
    if (size > left_.size() / sizeof(T)) throw std::invalid_argument("a state that ends early");
    if (size) std::memcpy(values, left_.data(), size * sizeof(T));
    left_.remove_prefix(size * sizeof(T));
  }
  std::string_view left_;
};

template <class T>
std::string state_of(T &kernel) {
  StateWriter writer;
  writer(kernel);
  return std::move(writer.bytes);
}

template <class T>
void restore(T &kernel, std::string_view bytes) {
  T read = kernel;  // which stays as it is where the bytes are none of its states
  StateReader reader(bytes);
  reader(read);
  if (!reader.done()) throw std::invalid_argument("a state that goes on after its end");
  kernel = std::move(read);
}

}  // namespace cladogen
