"""umqtt.simple, or umqtt.robust, as their examples use them."""

import desk
import over

nic = over.attached()
if desk.args.get("robust"):
    from umqtt.robust import MQTTClient
else:
    from umqtt.simple import MQTTClient

came = []
client = MQTTClient("bc25", "mqtt.example", desk.args["port"], keepalive=60)
client.set_callback(lambda topic, message: came.append([topic.decode(), message.hex()]))
if not client.connect(clean_session=False):
    client.subscribe(b"down/#", qos=1)
for qos in (0, 1):
    client.publish(b"up/%d" % qos, b"\r\nOK\r\n\x00\x1a> ", qos=qos)
desk.tell(published=True)
while len(came) < desk.args["wanted"]:
    client.wait_msg()
    desk.tell(came=came)
desk.tell(nothing=client.check_msg())
client.disconnect()
