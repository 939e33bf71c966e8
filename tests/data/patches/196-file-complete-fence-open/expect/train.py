import yaml


def rate(config, epoch):
    return config["optimizer"]["rate"] / (1 + epoch)


def main():
    with open("config.yaml") as file:
        config = yaml.safe_load(file)
    for epoch in range(config["schedule"]["epochs"]):
        print(epoch, rate(config, epoch))


main()
