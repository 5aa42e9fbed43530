// Keep-alive connections to one target. The one used last is taken first, so that few connections stay in use.
import { CallFailure, Connection } from './connection.ts'
import type { Target } from './target.ts'

export interface Pool {
  /** An idle connection, a new one, or a place in the queue when `maxConnections` are open. Throws `CallFailure`. */
  take(): Promise<Connection> | Connection
  give(connection: Connection): void
  close(): void
  readonly opened: number
}

export function createPool(target: Target, maxConnections: number): Pool {
  const all = new Set<Connection>()
  const idle: Connection[] = []
  const waiting: (() => void)[] = []
  let opening = 0
  let opened = 0
  let isClosed = false

  async function open(): Promise<Connection> {
    opening++
    try {
      const connection = await Connection.open(target)
      all.add(connection)
      opened++
      connection.onClose = () => {
        all.delete(connection)
        waiting.shift()?.()
      }
      return connection
    } catch (thrown) {
      waiting.shift()?.()
      throw thrown
    } finally {
      opening--
    }
  }

  function take(): Promise<Connection> | Connection {
    if (isClosed) throw new CallFailure('reset', 'the load was stopped')
    for (let next = idle.pop(); next; next = idle.pop()) if (next.isOpen) return next
    if (all.size + opening < maxConnections) return open()
    return new Promise<void>((resolve) => waiting.push(resolve)).then(take)
  }

  return {
    take,
    give(connection) {
      if (connection.isOpen) idle.push(connection)
      waiting.shift()?.()
    },
    close() {
      isClosed = true
      for (const connection of all) connection.close()
    },
    get opened() {
      return opened
    },
  }
}
