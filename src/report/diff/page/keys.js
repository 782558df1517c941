(function(){"use strict";
var rows=Array.prototype.slice.call(document.querySelectorAll("[data-change]")),now=-1,bar=document.getElementById("steps"),at=document.getElementById("at");
function byId(id){return document.getElementById(id)}
function flip(id){var box=byId(id);if(box){box.checked=!box.checked}}
function turn(){byId(byId("inline").checked?"side":"inline").checked=true}
function folds(){var all=document.querySelectorAll("details"),open=Array.prototype.some.call(all,function(d){return !d.open});
Array.prototype.forEach.call(all,function(d){d.open=open})}
function go(to){
if(to<0||to>=rows.length)return;
if(now>=0)rows[now].classList.remove("now");
now=to;
var row=rows[now];
row.classList.add("now");
row.focus({preventScroll:true});
row.scrollIntoView({block:"center"});
at.textContent=(now+1)+" of "+rows.length;
}
function next(){go(now+1)}
function previous(){go(now<0?0:now-1)}
if(rows.length&&bar){
bar.hidden=false;
document.documentElement.classList.add("keys");
at.textContent=rows.length+(rows.length===1?" change":" changes");
byId("next").addEventListener("click",next);
byId("prev").addEventListener("click",previous);
}
document.addEventListener("keydown",function(e){
if(e.ctrlKey||e.metaKey||e.altKey)return;
var act={n:next,j:next,p:previous,k:previous,i:turn,v:function(){flip("variants")},o:folds}[e.key];
if(act){act();e.preventDefault()}
});
})();
