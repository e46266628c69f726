package clients

func title(e Exchange) string {
	if e.Text == "" {
		return e.Command
	}
	return e.Command + " " + e.Text
}

// align pairs two courses of commands: their longest common subsequence, and what is on one side only (-1 for the other).
func align(a, b []Exchange) (pairs [][2]int) {
	n, m := len(a), len(b)
	common := make([][]int, n+1)
	for i := range common {
		common[i] = make([]int, m+1)
	}
	for i := n - 1; i >= 0; i-- {
		for j := m - 1; j >= 0; j-- {
			if title(a[i]) == title(b[j]) {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	i, j := 0, 0
	for i < n || j < m {
		switch {
		case i < n && j < m && title(a[i]) == title(b[j]):
			pairs = append(pairs, [2]int{i, j})
			i, j = i+1, j+1
		case j == m || i < n && common[i+1][j] >= common[i][j+1]:
			pairs = append(pairs, [2]int{i, -1})
			i++
		default:
			pairs = append(pairs, [2]int{-1, j})
			j++
		}
	}
	return pairs
}
