/**
 * The item of lowest cost. Ties are broken at random, each of c with probability 1/c: otherwise equal servers would
 * fill in order.
 */
export function minBy<T>(items: readonly T[], cost: (item: T) => number, random: () => number): T {
  let best = items[0]!
  let lowest = cost(best)
  let ties = 1
  for (let index = 1; index < items.length; index++) {
    const item = items[index]!
    const value = cost(item)
    if (value < lowest) {
      best = item
      lowest = value
      ties = 1
    } else if (value === lowest && random() * ++ties < 1) best = item
  }
  return best
}
