// An image to upload: a plan of coloured squares, another one each time.
export async function drawing(label) {
  const canvas = document.createElement('canvas');
  canvas.width = 640;
  canvas.height = 420;
  const pen = canvas.getContext('2d');
  for (let x = 0; x < canvas.width; x += 20) {
    for (let y = 0; y < canvas.height; y += 20) {
      pen.fillStyle = `hsl(${200 + Math.random() * 60} 45% ${45 + Math.random() * 40}%)`;
      pen.fillRect(x, y, 20, 20);
    }
  }
  pen.fillStyle = '#fff';
  pen.fillRect(20, 180, 600, 60);
  pen.fillStyle = '#1b2733';
  pen.font = '26px system-ui, sans-serif';
  pen.textAlign = 'center';
  pen.fillText(label, 320, 219);
  return new Promise((resolve) => { canvas.toBlob(resolve, 'image/png'); });
}
