"""umqtt.simple2, or umqtt.robust2, in the loop of their examples: nothing in it blocks."""

import time

import desk
import over

nic = over.attached()
robust = desk.args.get("robust")
if robust:
    from umqtt.robust2 import MQTTClient
else:
    from umqtt.simple2 import MQTTClient

came, confirmed = [], []
client = MQTTClient("bc25", "mqtt.example", desk.args["port"], keepalive=60)
client.set_callback(lambda topic, data, retain, dup: came.append([topic.decode(), data.hex()]))
client.set_callback_status(lambda pid, status: confirmed.append(status))


def connect_again():
    """Until it is so; then a message tells that the subscription is there again as well."""
    while client.is_conn_issue():
        client.reconnect()
    client.resubscribe()
    client.publish(b"up/1", b"again", qos=1)


def step():
    """One turn of the program's loop."""
    if robust and client.is_conn_issue():
        connect_again()
    client.check_msg()
    if robust:
        client.send_queue()
    time.sleep_ms(5)


client.connect(clean_session=True)
client.subscribe(b"down/#", qos=1)
for qos in (0, 1):
    client.publish(b"up/%d" % qos, b"\r\nOK\r\n\x00\x1a> ", qos=qos)
while len(confirmed) < 2:  # the subscription and the second message
    step()
desk.tell(published=True)
while len(came) < desk.args["wanted"]:
    step()
    desk.tell(came=came)
desk.tell(confirmed=confirmed)
client.disconnect()
