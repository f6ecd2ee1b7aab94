"use strict";
/* Sends what is to be stored; where the service sees a person's name in it, it is corrected, or sent once more as it is. */

{
  let warned = null; // what was sent when a name was seen

  wuchuan.store = async (address, init) => {
    const told = `${init.method} ${address} ${init.body}`;
    const answer = await fetch(address, warned === told ? init : { ...init, headers: { ...init.headers, "X-Names": "ask" } });
    const named = answer.status === 409 && (await answer.clone().json().catch(() => ({}))).error === "person_names";
    warned = named ? told : null;
    return answer;
  };
}
