"""The page of a run: what was said on the UART, over time, to look at in a browser.

    recording.py  the file: pieces of the two byte streams, and events that no byte shows
    dialogue.py   the two streams read together: commands with their answers, URCs, payload
    sockets.py    each connection's life
    states.py     what the module was doing
    run.py        all of that as one `Run`, and where its time went
    page.py       a `Run` as an HTML page; timeline.py draws its plot
    figures.py    the pages of `make bench` and `make soak`
"""
