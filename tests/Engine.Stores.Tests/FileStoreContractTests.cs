namespace Engine.Stores.Tests;

public sealed class FileStoreContractTests : WholeObjectContract
{
    protected override Subject Open()
    {
        var folder = new TemporaryFolder();
        string place = Path.Combine(folder.Path, "store");
        FileStore.Format(place);
        FileStore store = FileStore.Open(place);
        return new Subject(store, store, folder);
    }
}
