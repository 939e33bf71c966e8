"use strict";

class Heap {
  constructor(before) {
    this.items = [];
    this.before = before;
  }

  push(item) {
    this.items.push(item);
    this.up(this.items.length - 1);
  }

  up(at) {
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.before(this.items[at], this.items[parent])) break;
      [this.items[at], this.items[parent]] = [this.items[parent], this.items[at]];
      at = parent;
    }
  }

  pop() {
    const top = this.items.shift();
    this.items.sort((a, b) => (this.before(a, b) ? -1 : 1));
    return top;
  }
}

const earliest = (a, b) => a.end < b.end;

function plan(tasks) {
  const heap = new Heap(earliest);
  for (const task of tasks) {
    heap.push(task);
  }
  const order = [];
  while (heap.items.length > 0) {
    order.push(heap.pop().id);
  }
  return order;
}

module.exports = { Heap, plan };
