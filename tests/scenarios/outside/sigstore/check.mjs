// Checks an exported proof with @sigstore/verify alone, which npm uses for the provenance of packages: the entry's
// inclusion in the tree, and the checkpoint's signature over that tree. Usage: node check.mjs BUNDLE-FOLDER

import {createPublicKey} from 'node:crypto';
import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {join} from 'node:path';

const require = createRequire(import.meta.url);
const {verifyMerkleInclusion} = require('@sigstore/verify/dist/timestamp/merkle.js');
const {verifyCheckpoint} = require('@sigstore/verify/dist/timestamp/checkpoint.js');

const bundle = process.argv[2];
const read = (name) => readFileSync(join(bundle, name));

const [, id] = read('log.vkey').toString().trim().split('+');
const log = {
  publicKey: createPublicKey(read('log.pem')),
  logID: Buffer.from(id, 'hex'),
  validFor: {start: new Date(0), end: new Date(8.64e15)},
};

// C2SP tlog-proof: a first line, the index, hashes, an empty line, the checkpoint.
const proof = read('entry.tlog-proof').toString();
const end = proof.indexOf('\n\n');
const [kind, index, ...hashes] = proof.slice(0, end).split('\n');
const envelope = proof.slice(end + 2);
const [, treeSize, root] = envelope.split('\n');
if (kind !== 'c2sp.org/tlog-proof@v1' || !/^index \d+$/.test(index)) throw new Error('not a tlog-proof');

const entry = {
  canonicalizedBody: read('entry.json'),
  integratedTime: '1',
  inclusionProof: {
    logIndex: index.slice('index '.length),
    treeSize,
    rootHash: Buffer.from(root, 'base64'),
    hashes: hashes.map((hash) => Buffer.from(hash, 'base64')),
    checkpoint: {envelope},
  },
};
verifyMerkleInclusion(entry);
verifyCheckpoint(entry, [log]);
console.log(`${index} of ${treeSize} proven`);
