using Engine.Devices;

namespace Engine.Stores.Tests;

public sealed class DeviceStoreContractTests : ObjectBackendContract
{
    protected override Subject Open()
    {
        MemoryDevice device = StoreDevices.Formatted();
        DeviceStore store = DeviceStore.Open(device);
        Assert.Equal(ObjectCount, store.Image.LengthBytes / ObjectBytes);
        return new Subject(store, store.Image.Prefix, store, device);
    }
}
