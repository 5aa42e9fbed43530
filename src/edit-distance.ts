/** Reused by all comparisons: names are compared with every name of a configuration. */
let rows = [new Uint16Array(128), new Uint16Array(128), new Uint16Array(128)] as const

/**
 * The number of letters to insert, delete, change or swap with their neighbour (optimal string alignment; Damerau 1964).
 */
export function editDistance(from: string, to: string): number {
  const columns = to.length + 1
  if (columns > rows[0].length) rows = [new Uint16Array(columns), new Uint16Array(columns), new Uint16Array(columns)]
  let [beforeLast, last, current] = rows
  for (let column = 0; column < columns; column++) last[column] = column
  for (let row = 1; row <= from.length; row++) {
    current[0] = row
    for (let column = 1; column < columns; column++) {
      const changed = from[row - 1] === to[column - 1] ? 0 : 1
      let least = Math.min(last[column]! + 1, current[column - 1]! + 1, last[column - 1]! + changed)
      const swapped = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
      if (swapped) least = Math.min(least, beforeLast[column - 2]! + 1)
      current[column] = least
    }
    ;[beforeLast, last, current] = [last, current, beforeLast]
  }
  return last[to.length]!
}
