//! Inputs whose tokens the WHATWG HTML standard states, in the manner of the html5lib tokenizer tests.

use super::{assert_covers, notation};

fn hold(cases: &[(&str, &str)]) {
    for (html, expected) in cases {
        assert_eq!(notation(html), *expected, "{html:?}");
        assert_covers(html);
    }
}

#[test]
fn tags_begin_with_a_letter_and_end_at_a_bracket() {
    hold(&[
        ("<h>", "<h>"),
        ("<H1>x</H1>", "<h1>x</h1>"),
        ("<a><b></c>", "<a><b></c>"),
        ("<a-b>", "<a-b>"),
        ("<a:b>", "<a:b>"),
        ("<a<b>", "<a<b>"),
        ("<a\"b>", "<a\"b>"),
        ("<a\0b>", "<a\u{fffd}b>"),
        ("<a\n>", "<a>"),
        ("<a\t\u{c}>", "<a>"),
        ("<a/>", "<a/>"),
        ("<a />", "<a/>"),
        ("<a/ >", "<a>"),
        ("<a//>", "<a/>"),
        ("<br/>x", "<br/>x"),
        ("</a b=c>", "</a>"),
        ("</a b='>'>x", "</a>x"),
        ("</a/>", "</a>"),
        ("</A\n>", "</a>"),
        ("<中>", "<中>"),
        ("<é>x", "<é>x"),
        ("<1>", "<1>"),
        ("< a>", "< a>"),
        ("<=", "<="),
        ("<>", "<>"),
        ("<", "<"),
        ("<<a>", "<<a>"),
        ("<<<", "<<<"),
        ("a<", "a<"),
        ("1 < 2 > 3", "1 < 2 > 3"),
        (">", ">"),
    ]);
}

#[test]
fn a_tag_that_the_text_cuts_off_is_dropped() {
    hold(&[
        ("x<a", "x"),
        ("x<a ", "x"),
        ("x<a b", "x"),
        ("x<a b=", "x"),
        ("x<a b=c", "x"),
        ("x<a b='c", "x"),
        ("x<a b=\"c\"", "x"),
        ("x<a/", "x"),
        ("x</a", "x"),
        ("x</a ", "x"),
    ]);
}

#[test]
fn attributes_are_read_with_and_without_quotation_marks() {
    hold(&[
        ("<a b>", "<a b=[]>"),
        ("<a b=c>", "<a b=[c]>"),
        ("<a b='c'>", "<a b=[c]>"),
        ("<a b=\"c\">", "<a b=[c]>"),
        ("<a b='c'd>", "<a b=[c] d=[]>"),
        ("<a b='c'd='e'>", "<a b=[c] d=[e]>"),
        ("<a b = c>", "<a b=[c]>"),
        ("<a b\n=\n'c'>", "<a b=[c]>"),
        ("<a b c>", "<a b=[] c=[]>"),
        ("<a b c=d>", "<a b=[] c=[d]>"),
        ("<a b=>x", "<a b=[]>x"),
        ("<a b= >x", "<a b=[]>x"),
        ("<a b=''>", "<a b=[]>"),
        ("<a B=C>", "<a b=[C]>"),
        ("<a b='\"'>", "<a b=[\"]>"),
        ("<a b=\"'\">", "<a b=[']>"),
        ("<a b='>'>", "<a b=[>]>"),
        ("<a b=\"<c>\">", "<a b=[<c>]>"),
        ("<a b=c/>", "<a b=[c/]>"),
        ("<a href=/x/>y", "<a href=[/x/]>y"),
        ("<a b=c />", "<a b=[c]/>"),
        ("<a b='c'/>", "<a b=[c]/>"),
        ("<a b/>", "<a b=[]/>"),
        ("<a b/c>", "<a b=[] c=[]>"),
        ("<a/b>", "<a b=[]>"),
        ("<a /b=c>", "<a b=[c]>"),
        ("<a =>", "<a ==[]>"),
        ("<a =b>", "<a =b=[]>"),
        ("<a ==b>", "<a ==[b]>"),
        ("<a b==c>", "<a b=[=c]>"),
        ("<a b=c=d>", "<a b=[c=d]>"),
        ("<a b=c\"d>x", "<a b=[c\"d]>x"),
        ("<a b=='>'>", "<a b=[=']>'>"),
        ("<a ='>'>", "<a ='=[]>'>"),
        ("<a 'b'>", "<a 'b'=[]>"),
        ("<a \"b=c>", "<a \"b=[c]>"),
        ("<a b<c>", "<a b<c=[]>"),
        ("<a b=<c>", "<a b=[<c]>"),
        ("<a b=`c`>", "<a b=[`c`]>"),
        ("<a b\0=c\0>", "<a b\u{fffd}=[c\u{fffd}]>"),
        ("<a 中='文'>", "<a 中=[文]>"),
        ("<a b=c b=d>", "<a b=[c]>"),
        ("<a b=c B=d e=f>", "<a b=[c] e=[f]>"),
        ("<a b b=c>", "<a b=[]>"),
    ]);
}

#[test]
fn references_are_decoded_in_text_and_more_strictly_in_attributes() {
    hold(&[
        ("&amp;&lt;&gt;&quot;", "&<>\""),
        ("&#65;&#x41;&#X41;", "AAA"),
        ("&#65 &#x41", "A A"),
        ("&#0;", "\u{fffd}"),
        ("&#x110000;", "\u{fffd}"),
        ("&#xD800;", "\u{fffd}"),
        ("&#150;", "–"),
        ("&#;&#x;&#", "&#;&#x;&#"),
        ("&", "&"),
        ("& &", "& &"),
        ("&unknown;", "&unknown;"),
        ("I'm &notit; I tell you", "I'm ¬it; I tell you"),
        ("I'm &notin; I tell you", "I'm ∉ I tell you"),
        ("&amp", "&"),
        ("&ampx", "&x"),
        ("&copy2", "©2"),
        ("&ensp", "&ensp"),
        ("&NotEqualTilde;", "≂̸"),
        ("<a b='&amp;'>", "<a b=[&]>"),
        ("<a b=&amp;c>", "<a b=[&c]>"),
        ("<a b='?c&copy=d'>", "<a b=[?c&copy=d]>"),
        ("<a b='?c&copyd'>", "<a b=[?c&copyd]>"),
        ("<a b='?c&copy;=d'>", "<a b=[?c©=d]>"),
        ("<a b='&not'>", "<a b=[¬]>"),
        ("<a b='&lt;c&gt;'>", "<a b=[<c>]>"),
        ("&lt;p>", "<p>"),
    ]);
}

#[test]
fn comments_end_in_several_ways() {
    hold(&[
        ("<!--c-->", "{c}"),
        ("<!---->x", "{}x"),
        ("<!-->x", "{}x"),
        ("<!--->x", "{}x"),
        ("<!-- --!>x", "{ }x"),
        ("<!----!>x", "{}x"),
        ("<!--!>x-->y", "{!>x}y"),
        ("<!---!>x-->y", "{-!>x}y"),
        ("<!--a--b-->", "{a--b}"),
        ("<!--a--->", "{a-}"),
        ("<!--a-- >-->", "{a-- >}"),
        ("<!--a->b-->", "{a->b}"),
        ("<!--<b>-->", "{<b>}"),
        ("<!-- <!-- -->x", "{ <!-- }x"),
        ("<!--\0-->", "{\u{fffd}}"),
        ("<!--c", "{c}"),
        ("<!--", "{}"),
    ]);
}

#[test]
fn what_is_no_tag_is_a_comment() {
    hold(&[
        ("<!c>x", "{c}x"),
        ("<!>x", "{}x"),
        ("<!-c>x", "{-c}x"),
        ("<!-", "{-}"),
        ("<!", "{}"),
        ("<?php echo '>'?>", "{?php echo '}'?>"),
        ("<?xml version='1.0'?>x", "{?xml version='1.0'?}x"),
        ("<?", "{?}"),
        ("</ a>x", "{ a}x"),
        ("</>x", "{}x"),
        ("</1>x", "{1}x"),
        ("</中>x", "{中}x"),
        ("</?>x", "{?}x"),
        ("</ ", "{ }"),
        ("</", "</"),
        ("x</", "x</"),
        ("<![CDATA[x<b>]]>", "{[CDATA[x<b}]]>"),
        ("<!doctype html>x", "!x"),
        ("<!DOCTYPE html PUBLIC \"a>b\">", "!b\">"),
        ("<!doctype", "!"),
        ("<!docty>", "{docty}"),
    ]);
}

#[test]
fn titles_and_text_areas_hold_text_with_references() {
    hold(&[
        ("<title>a &amp; <b></title>c", "<title>a & <b></title>c"),
        ("<TITLE>a</Title >b", "<title>a</title>b"),
        ("<title>a</titlex></title>", "<title>a</titlex></title>"),
        ("<title>a</title-x></title>", "<title>a</title-x></title>"),
        ("<title>a</ title></title>", "<title>a</ title></title>"),
        ("<title>a</title", "<title>a</title"),
        ("<title>a</title ", "<title>a"),
        ("<title>a</title/>b", "<title>a</title>b"),
        ("<title><!--</title>-->", "<title><!--</title>-->"),
        ("<title></title>", "<title></title>"),
        ("<title>", "<title>"),
        ("<textarea><p></textarea><p>", "<textarea><p></textarea><p>"),
        ("<textarea>a</title></textarea>", "<textarea>a</title></textarea>"),
        ("<title/>a</title>", "<title/>a</title>"),
    ]);
}

#[test]
fn styles_and_scripts_hold_text_as_it_is() {
    hold(&[
        ("<style>a&amp;<b></style>c", "<style>a&amp;<b></style>c"),
        ("<style><!--</style>-->", "<style><!--</style>-->"),
        ("<script>a</b>'</p>'</script>c", "<script>a</b>'</p>'</script>c"),
        ("<SCRIPT>a</ScRiPt\n>b", "<script>a</script>b"),
        ("<script>a</scriptx></script>", "<script>a</scriptx></script>"),
        ("<script>a</script/>b", "<script>a</script>b"),
        ("<script>a</script x='>'>b", "<script>a</script>b"),
        ("<script><!--a</script>b-->", "<script><!--a</script>b-->"),
        ("<script><!--<script></script>a</script>b", "<script><!--<script></script>a</script>b"),
        ("<script><!--<script></script>a--></script>b", "<script><!--<script></script>a--></script>b"),
        ("<script><!--<script>a--></script>b", "<script><!--<script>a--></script>b"),
        ("<script><!--<scriptx></script>b", "<script><!--<scriptx></script>b"),
        ("<script><!--></script>b", "<script><!--></script>b"),
        ("<script><!--><script></script>b", "<script><!--><script></script>b"),
        ("<script><!-<script></script>b", "<script><!-<script></script>b"),
        ("<script><!--<script><!--</script></script>b", "<script><!--<script><!--</script></script>b"),
        ("<script>a", "<script>a"),
        ("<script>a</script", "<script>a</script"),
        ("<iframe><p></iframe>", "<iframe><p></iframe>"),
        ("<noscript><p></noscript>", "<noscript><p></noscript>"),
    ]);
}

#[test]
fn text_keeps_what_it_holds() {
    hold(&[("", ""), ("a\0b", "a\0b"), ("a\nb", "a\nb"), ("中文", "中文"), ("a<\u{4e2d}", "a<\u{4e2d}")]);
}
