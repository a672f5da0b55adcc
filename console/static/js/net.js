// Asking the web process: the form's token on everything that writes, and one sign when the person's session is over.

export class SessionOver extends Error {}
export class Unreached extends Error {}

const token = () => document.querySelector('meta[name="csrf-token"]').content;

export async function post(address, body = new FormData()) {
  return asked(address, { method: "POST", body, headers: { "X-CSRFToken": token(), Accept: "application/json" } });
}

export async function get(address) {
  return asked(address, { headers: { Accept: "application/json", "X-By-Itself": "1" } });
}

// Work that nobody clicked for: when the house cannot be reached the sign of live updates says so, and it is done again later.
export function byItself(work) {
  return (...given) =>
    work(...given).catch((error) => {
      if (!(error instanceof SessionOver) && !(error instanceof Unreached)) throw error;
    });
}

export async function getPage(address) {
  const answer = await asked(address, { method: "GET", headers: { "X-By-Itself": "1" } });
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

async function asked(address, request) {
  let answer;
  try {
    answer = await fetch(address, { ...request, credentials: "same-origin", redirect: "error" });
  } catch {
    throw new Unreached();
  }
  if (answer.status === 401) {
    sayThatTheSessionIsOver();
    throw new SessionOver();
  }
  if (answer.status >= 500) throw new Unreached();
  if (!answer.ok) throw new Error(`${answer.status}`);
  return answer;
}

function sayThatTheSessionIsOver() {
  if (document.getElementById("session-over")) return;
  const notice = document.createElement("p");
  notice.id = "session-over";
  notice.className = "notice bad";
  notice.setAttribute("role", "alert");
  const link = document.createElement("a");
  link.href = document.body.dataset.login;
  link.target = "_blank";
  link.textContent = document.body.dataset.sessionOver;
  notice.append(link);
  document.getElementById("content").prepend(notice);
  window.addEventListener("focus", goOn);
}

// Logged in again in another window: this page takes the new form token, so that what was written can be sent.
async function goOn() {
  const answer = await fetch(document.body.dataset.token, { headers: { Accept: "application/json" } });
  if (!answer.ok) return;
  const fresh = (await answer.json()).token;
  document.querySelector('meta[name="csrf-token"]').content = fresh;
  for (const field of document.querySelectorAll('input[name="csrf_token"]')) field.value = fresh;
  window.removeEventListener("focus", goOn);
  document.getElementById("session-over").remove();
  window.dispatchEvent(new Event("session-back"));
}
