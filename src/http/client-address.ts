// The address of a client, which a proxy in front of Sluice reports in `x-forwarded-for`.
import { BlockList, isIP } from 'node:net'

/** Tests whether an address belongs to a proxy that is trusted. Undefined stands for a peer on a Unix socket. */
export type IsTrusted = (address: string | undefined) => boolean

const PRIVATE = [
  '127.0.0.0/8',
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '169.254.0.0/16',
  '::1',
  'fc00::/7',
  'fe80::/10',
]

/** `entries`: addresses, networks such as `10.0.0.0/8`, `private` and `unix`. */
export function trustTest(entries: readonly string[]): IsTrusted {
  const networks = new BlockList()
  for (const entry of entries.flatMap((each) => (each === 'private' ? PRIVATE : each === 'unix' ? [] : each))) {
    const [address, prefix] = entry.split('/') as [string, string?]
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    networks.addSubnet(address, prefix === undefined ? (family === 'ipv6' ? 128 : 32) : Number(prefix), family)
  }
  const trustsSockets = entries.includes('unix')
  return (address) =>
    address === undefined ? trustsSockets : networks.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
}

/** More proxies in a row do not exist; the rest of the header is the client's own invention. */
const MOST_PROXIES = 50

/**
 * The address of the client: the peer of the connection, or, if that is a trusted proxy, the last address in `x-forwarded-for`
 * that is not one. What stands before it may be forged. Undefined on a Unix socket without a trusted proxy.
 */
export function clientAddress(peer: string | undefined, headers: Headers, isTrusted: IsTrusted): string | undefined {
  let address = peer && plainAddress(peer)
  if (!isTrusted(address)) return address
  const forwarded = headers.get('x-forwarded-for')?.split(',').slice(-MOST_PROXIES).toReversed() ?? []
  for (const entry of forwarded) {
    const next = addressIn(entry)
    if (next === undefined) return address // not an address: the proxy does not report one
    address = next
    if (!isTrusted(address)) return address
  }
  return address
}

const WITH_PORT = /^(?:\[([^\]]*)\]|([\d.]+))(?::\d{1,5})?$/

/** An address with or without a port: `10.0.0.1`, `10.0.0.1:80`, `[::1]:80`, `::1`. */
function addressIn(entry: string): string | undefined {
  const text = entry.trim()
  const [, inBrackets, beforePort] = WITH_PORT.exec(text) ?? []
  const address = inBrackets ?? beforePort ?? text
  return isIP(address) === 0 ? undefined : plainAddress(address)
}

/** Without a zone, and IPv4 as such even if the socket is one of IPv6. */
const plainAddress = (address: string): string =>
  address.replace(/%.*$/, '').replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '')
