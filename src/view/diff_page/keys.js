(function(){"use strict";
var rows=Array.prototype.slice.call(document.querySelectorAll("[data-change]")),now=-1,bar=document.getElementById("steps"),at=document.getElementById("at");
if(!rows.length||!bar)return;
bar.hidden=false;
function go(to){
if(to<0||to>=rows.length)return;
if(now>=0)rows[now].classList.remove("now");
now=to;
var row=rows[now];
for(var d=row.closest("details");d;d=d.parentElement&&d.parentElement.closest("details"))d.open=true;
row.classList.add("now");
row.focus({preventScroll:true});
row.scrollIntoView({block:"center"});
at.textContent=(now+1)+" / "+rows.length;
}
at.textContent="0 / "+rows.length;
document.getElementById("next").addEventListener("click",function(){go(now+1)});
document.getElementById("prev").addEventListener("click",function(){go(now<0?0:now-1)});
document.addEventListener("keydown",function(e){
if(e.ctrlKey||e.metaKey||e.altKey)return;
if(e.key==="n"||e.key==="j"){go(now+1);e.preventDefault()}
else if(e.key==="p"||e.key==="k"){go(now<0?0:now-1);e.preventDefault()}
});
})();
