/** Whether `connection` names this header: it is then for this hop only. Source: RFC 9110, section 7.6.1 */
export const isHopByHop = (client: Headers, name: string): boolean =>
  client.get('connection')?.toLowerCase().includes(name) === true
