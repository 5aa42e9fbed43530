/** The name of the Converse format, and the origin of its seals. */
export const CONVERSE = 'bedrock-converse'
