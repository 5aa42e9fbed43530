// One request before the load, so that a wrong address, key or model gives one clear error instead of a million failures.
import type { LoadOptions } from './load.ts'
import { startLoad } from './load.ts'

type Probe = Pick<LoadOptions, 'target' | 'request' | 'isStream' | 'timeoutMs'>

/** Sends one request. Returns why the load cannot succeed and how to fix it; undefined if the request succeeded. */
export async function findObstacle({ target, request, isStream = false, timeoutMs = 60_000 }: Probe) {
  const load = startLoad({
    target,
    request,
    isStream,
    timeoutMs,
    shape: { concurrency: 1 },
    requests: 1,
    drainMs: timeoutMs,
  })
  // For a stream, the first token is enough; its end may be a minute away.
  const poll = setInterval(() => load.tally.firstToken.count > 0 && load.stop(), 10)
  await load.done
  clearInterval(poll)
  const [failure] = load.tally.failures.values()
  if (failure === undefined) return undefined
  return `${target.url}: ${failure.kind}${failure.example === '' ? '' : `: ${failure.example}`}\n${adviceFor(failure.kind)}`
}

function adviceFor(kind: string): string {
  switch (kind) {
    case 'refused':
      return 'Check the host and the port, and that the gateway is running: `sluice serve` starts it.'
    case 'unreachable':
      return 'Check the host name, the port, and whether it is http or https.'
    case 'malformed':
      return 'The server does not use HTTP/1.1 on that port. Check the port, and whether it is http or https.'
    case 'status 401':
    case 'status 403':
      return 'The key was rejected or is missing. Set it with --key or --key-file.'
    case 'status 404':
      return 'Check the path of the URL, and that --model names a model of the server.'
    case 'status 400':
    case 'status 422':
      return 'The server rejected the body. Check --model, or send your own body with --body FILE.'
    case 'status 429':
      return 'The key is over its rate limit. Use a key without limits, or a lower --rate.'
    case 'not a stream':
      return 'Remove --stream, or check that the model supports streams.'
    case 'timeout':
      return 'The server is slow or does not respond. Raise --timeout, or lower --max-tokens.'
    default:
      return 'The load was not started. Use --no-probe to start it without this check.'
  }
}
