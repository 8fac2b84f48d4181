// Processor time for measurements: what else the machine does is not in it.

/** Milliseconds that this process has computed. */
export function cpu() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** The least milliseconds that `act` takes in so many rounds. */
export function least(act, rounds) {
  let found = Infinity;
  for (let round = 0; round < rounds; round += 1) {
    const start = cpu();
    act();
    found = Math.min(found, cpu() - start);
  }
  return found;
}
