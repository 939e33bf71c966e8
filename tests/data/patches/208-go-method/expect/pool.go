package pool

import "sync"

type Pool struct {
	mu    sync.Mutex
	free  []int
	limit int
}

func New(limit int) *Pool {
	return &Pool{limit: limit}
}

func (p *Pool) Get() (int, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.free) == 0 {
		return 0, false
	}
	last := p.free[len(p.free)-1]
	p.free = p.free[:len(p.free)-1]
	return last, true
}

func (p *Pool) Put(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.free = append(p.free, n)
	if len(p.free) > p.limit {
		p.free = p.free[1:]
	}
}
