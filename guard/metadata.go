package guard

func (b *builder) metadata() map[string]*tableRule { return nil }
