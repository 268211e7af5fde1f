"use strict";
// Tables sort by a click on a column's head and filter by what is typed; without this script they are just tables.
for (const table of document.querySelectorAll("table.students")) {
  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];

  const sort = (head) => {
    const column = heads.indexOf(head);
    const text = head.dataset.sort === "text";
    const before = head.getAttribute("aria-sort");
    const down = before ? before === "ascending" : !text; // numbers start with the highest, names with A
    const key = (row) => row.cells[column].dataset.value ?? row.cells[column].textContent.trim();
    const compare = text ? (a, b) => key(a).localeCompare(key(b)) : (a, b) => key(a) - key(b);
    body.append(...[...body.rows].sort((a, b) => (down ? compare(b, a) : compare(a, b))));
    heads.forEach((other) => other.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
  };

  for (const head of heads) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    button.addEventListener("click", () => sort(head));
    head.append(button);
  }
  heads[0].setAttribute("aria-sort", "ascending");

  const filter = table.closest("section").querySelector(".filter");
  filter.hidden = false;
  filter.querySelector("input").addEventListener("input", (event) => {
    const wanted = event.target.value.trim().toLowerCase();
    for (const row of body.rows) row.hidden = !row.textContent.toLowerCase().includes(wanted);
  });
}

// On paper nothing can be unfolded: long lists are, programs side by side are left to the screen.
const folded = () => document.querySelectorAll("details.more");
addEventListener("beforeprint", () => folded().forEach((one) => { one.dataset.was = one.open; one.open = true; }));
addEventListener("afterprint", () => folded().forEach((one) => { one.open = one.dataset.was === "true"; }));
