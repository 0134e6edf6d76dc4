// The checks of rules_one_bench by two rule engines of npm, on the dossier it exported: node rules_rivals.mjs FILE
// Both get only the fields the checks read, months ready made; what is timed is one dossier, judged again and again.
// @gorules/zen-engine: one decision whose expression node holds every check as a filter over the payments.
// json-rules-engine: one run a payment; what looks at other rows is a fact in plain JavaScript.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const file = process.argv[2];
const { dossier, schemes, checks, us, hits } = JSON.parse(readFileSync(file, 'utf8'));
const seconds = Number(process.argv[3] ?? 3);

const month_of_day = (days) => {
  if (days === null) return null;
  const date = new Date(days * 86400000);
  return date.getUTCFullYear() * 100 + date.getUTCMonth() + 1;
};
const index_of = (month) => Math.floor(month / 100) * 12 + (month % 100);
const first = (rows) => rows[0] ?? {};
const birth = month_of_day(first(dossier.person).birth_date ?? null);
const given = {
  birth: birth === null ? null : index_of(birth),
  death: month_of_day(first(dossier.death).date ?? null),
  custody: dossier.custody.map((c) => ({ start: month_of_day(c.start_date), end: month_of_day(c.end_date) })),
  payments: dossier.payments.map((p) => ({
    month: p.month, index: index_of(p.month), scheme: p.scheme, item: p.item, amount: p.amount, periodic: p.periodic === true,
  })),
  contributions: dossier.contributions.map((c) => ({ month: c.month, scheme: c.scheme })),
  claims: dossier.claims.map((c) => ({ month: month_of_day(c.admit_date), pool_pay: c.pool_pay ?? 0 })),
};

const zen_checks = {
  after_death: () => `death != null and p.month > death`,
  in_prison: () => `some(custody as c, c.start < p.month and p.month < c.end)`,
  other_scheme: () => `some(payments as q, q.month == p.month and q.scheme != p.scheme and q.periodic)`,
  duplicate: () => `len(filter(payments as q, q.month == p.month and q.scheme == p.scheme and q.item == p.item)) > 1`,
  paying_in: (scheme) => `some(contributions as c, c.month == p.month and c.scheme == '${scheme}')`,
  under_age: () => `birth != null and p.index - birth < 540`,
  jump: () => `some(payments as q, q.index == p.index - 12 and q.scheme == p.scheme and q.item == p.item and p.amount > q.amount * 2)`,
  too_much: () => `p.amount > 300000`,
  dear_claim: () => `some(claims as c, c.month == p.month and c.pool_pay > p.amount)`,
  resumed: () =>
    `not(some(payments as q, q.index == p.index - 1 and q.scheme == p.scheme)) and some(payments as q, q.index < p.index - 1 and q.scheme == p.scheme)`,
};
const plain_checks = {
  after_death: (d, p) => d.death !== null && p.month > d.death,
  in_prison: (d, p) => d.custody.some((c) => c.start < p.month && p.month < c.end),
  other_scheme: (d, p) => d.payments.some((q) => q.month === p.month && q.scheme !== p.scheme && q.periodic),
  duplicate: (d, p) => d.payments.filter((q) => q.month === p.month && q.scheme === p.scheme && q.item === p.item).length > 1,
  paying_in: (d, p, scheme) => d.contributions.some((c) => c.month === p.month && c.scheme === scheme),
  under_age: (d, p) => d.birth !== null && p.index - d.birth < 540,
  jump: (d, p) =>
    d.payments.some((q) => q.index === p.index - 12 && q.scheme === p.scheme && q.item === p.item && p.amount > q.amount * 2),
  too_much: (d, p) => p.amount > 300000,
  dear_claim: (d, p) => d.claims.some((c) => c.month === p.month && c.pool_pay > p.amount),
  resumed: (d, p) =>
    !d.payments.some((q) => q.index === p.index - 1 && q.scheme === p.scheme) &&
    d.payments.some((q) => q.index < p.index - 1 && q.scheme === p.scheme),
};

async function load(name) {
  try {
    return await import(createRequire(import.meta.url).resolve(name, { paths: [process.cwd()] }));
  } catch (error) {
    console.log(`${name}: not to be had here, left out (${String(error.message).split('\n')[0]})`);
    return null;
  }
}

/// Microseconds of one call, the mean of as many as fit into `seconds`; and what one call finds.
async function time(judge) {
  for (let i = 0; i < 3; i++) await judge();
  const found = await judge();
  const start = process.hrtime.bigint();
  let calls = 0;
  while (Number(process.hrtime.bigint() - start) < seconds * 1e9) {
    await judge();
    calls++;
  }
  return { us: Number(process.hrtime.bigint() - start) / 1e3 / calls, found };
}

function print(name, rules, { us: theirs, found }) {
  const same = found === hits ? `the same ${hits} hits` : `${found} hits instead of ${hits}`;
  console.log(
    `${name.padEnd(28)} ${String(rules).padStart(4)} rules ${theirs.toFixed(1).padStart(12)} µs ` +
      `${Math.round((rules / theirs) * 1e6).toString().padStart(10)} rules/s  anlan ${(theirs / us).toFixed(0)} times the rate; ${same}`,
  );
  if (found !== hits) process.exitCode = 1;
}

const rules = schemes.flatMap((scheme) => checks.map((check) => ({ scheme, check })));
console.log(`anlan ${us.toFixed(2)} µs a dossier, ${rules.length} rules`);

const zen = await load('@gorules/zen-engine');
if (zen) {
  const expressions = rules.map(({ scheme, check }) => ({
    id: `${check}_${scheme}`,
    key: `${check}_${scheme}`,
    value: `len(filter(payments as p, p.scheme == '${scheme}' and p.periodic and (${zen_checks[check](scheme)})))`,
  }));
  const content = {
    nodes: [
      { id: 'in', type: 'inputNode', name: 'dossier', content: {} },
      { id: 'rules', type: 'expressionNode', name: 'rules', content: { expressions } },
      { id: 'out', type: 'outputNode', name: 'hits', content: {} },
    ],
    edges: [
      { id: 'a', sourceId: 'in', targetId: 'rules', type: 'edge' },
      { id: 'b', sourceId: 'rules', targetId: 'out', type: 'edge' },
    ],
  };
  const engine = new zen.ZenEngine();
  const decision = engine.createDecision(content);
  const judge = async () => {
    const { result } = await decision.evaluate(given);
    return Object.values(result).reduce((sum, count) => sum + count, 0);
  };
  print('@gorules/zen-engine', rules.length, await time(judge));
  engine.dispose?.();
}

const json = await load('json-rules-engine');
if (json) {
  const engine = new json.Engine();
  for (const check of checks) {
    engine.addFact(check, async ({ scheme }, almanac) =>
      plain_checks[check](given, await almanac.factValue('payment'), scheme));
  }
  for (const { scheme, check } of rules) {
    engine.addRule({
      conditions: {
        all: [
          { fact: 'payment', path: '$.scheme', operator: 'equal', value: scheme, priority: 3 },
          { fact: 'payment', path: '$.periodic', operator: 'equal', value: true, priority: 2 },
          { fact: check, params: { scheme }, operator: 'equal', value: true, priority: 1 },
        ],
      },
      event: { type: `${check}_${scheme}` },
    });
  }
  const judge = async () => {
    let found = 0;
    for (const payment of given.payments) found += (await engine.run({ payment })).events.length;
    return found;
  };
  print('json-rules-engine', rules.length, await time(judge));
}
