/** The item of least cost; of c equal ones each with probability 1/c, else equal servers would fill in order. */
export function minBy<T>(items: readonly T[], cost: (item: T) => number, random: () => number): T {
  let best = items[0]!
  let least = cost(best)
  let equals = 1
  for (let index = 1; index < items.length; index++) {
    const item = items[index]!
    const value = cost(item)
    if (value < least) {
      best = item
      least = value
      equals = 1
    } else if (value === least && random() * ++equals < 1) best = item
  }
  return best
}
