// Reads what `web-ext lint --output json` found: errors fail, warnings fail unless expected here.
import { readFileSync } from 'node:fs';

// Why each is no fault of ours.
const expected = new Map([
  ['BACKGROUND_SERVICE_WORKER_IGNORED', 'a manifest for both browsers names both kinds of background'],
]);

// The rules name miners in order to block them, and neutral answers stand in for their loaders;
// nowhere else may such words stand.
const isRule = (warning) => warning.code === 'COINMINER_USAGE_DETECTED' && /^(?:rules\/[a-z]+\.json|neutral\/coinhive\.js)$/.test(warning.file ?? '');

const report = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const bad = [...report.errors, ...report.warnings.filter((warning) => !expected.has(warning.code) && !isRule(warning))];
for (const finding of bad) {
  console.log(`${finding.code}: ${finding.message} (${finding.file ?? 'manifest'}:${finding.line ?? 1})`);
}
console.log(`${report.errors.length} errors, ${report.warnings.length} warnings, ${report.notices.length} notices`);
process.exitCode = bad.length === 0 ? 0 : 1;
